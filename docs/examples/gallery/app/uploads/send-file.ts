import type { HttpClient } from '@angular/common/http';
import { EMPTY, expand, map, type Observable, takeLast, tap } from 'rxjs';
import type { TaskContext } from 'sluice';

const PIECE = 64 * 1024;

/**
 * Sends a file piece by piece, from where the server has it: sent again after a failure or a pause, it goes on
 * and does not begin anew. Emits how many bytes the server has in the end.
 */
export function sendFile(http: HttpClient, id: string, file: File, { progress }: Pick<TaskContext, 'progress'>): Observable<number> {
  const url = `/api/uploads/${id}`;
  const send = (offset: number): Observable<{ received: number }> =>
    http.put<{ received: number }>(url, file.slice(offset, offset + PIECE), { params: { size: file.size, offset, name: file.name } });
  return http.get<{ received: number }>(url).pipe(
    expand(({ received }) => (received < file.size ? send(received) : EMPTY)),
    map(({ received }) => received),
    tap((received) => { progress({ done: received, total: file.size }); }),
    takeLast(1),
  );
}
