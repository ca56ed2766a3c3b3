import { turns } from './turns.ts';

/** Lets starts happen, and a frame pass, so that what is written once a frame is written. */
export async function frame(): Promise<void> {
  await turns();
  await new Promise<void>((resolve) => { requestAnimationFrame(() => { resolve(); }); });
  await turns();
}
