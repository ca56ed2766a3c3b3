import sharp from 'sharp';

interface Upload {
  readonly name: string;
  readonly bytes: Uint8Array;
  received: number;
  thumb?: Uint8Array<ArrayBuffer>;
}

export const MAX_UPLOAD = 20_000_000;
const KEPT = 200;

/** What was uploaded, in memory: the latest few. A file comes in pieces, so one that broke off goes on where it was. */
export class UploadStore {
  readonly #uploads = new Map<string, Upload>();

  received(id: string): number {
    return this.#uploads.get(id)?.received ?? 0;
  }

  thumb(id: string): Uint8Array<ArrayBuffer> | undefined {
    return this.#uploads.get(id)?.thumb;
  }

  /** Takes the piece that comes next. Any other is not taken. Returns how much there is now. */
  async take(id: string, name: string, size: number, offset: number, piece: Uint8Array): Promise<number> {
    let upload = this.#uploads.get(id);
    if (!upload) {
      this.#uploads.set(id, upload = { name, bytes: new Uint8Array(size), received: 0 });
      if (this.#uploads.size > KEPT) this.#uploads.delete(this.#uploads.keys().next().value!);
    }
    if (offset !== upload.received || offset + piece.length > upload.bytes.length) return upload.received;
    upload.bytes.set(piece, offset);
    upload.received += piece.length;
    if (upload.received === upload.bytes.length) {
      upload.thumb = new Uint8Array(await sharp(upload.bytes).rotate().resize(360, 270, { fit: 'cover' }).webp().toBuffer());
    }
    return upload.received;
  }
}
