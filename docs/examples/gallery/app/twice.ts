import { timer } from 'rxjs';
import { withRetry } from 'sluice';

/** Two more attempts, the second later than the first. Meanwhile others have the slot. */
export const twice = withRetry({ count: 2, delay: (_, failures) => timer(250 * 2 ** failures) });
