import { httpResource } from '@angular/common/http';
import { Service } from '@angular/core';

import type { Album } from '../api.ts';

/** The list of all albums, which is asked for once. */
@Service()
export class Albums {
  readonly all = httpResource<readonly Album[]>(() => '/api/albums', { defaultValue: [] });
}
