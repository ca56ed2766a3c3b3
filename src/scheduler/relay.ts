import { Subscriber } from 'rxjs';

/**
 * A Subscriber that is there before it is subscribed with: a source which emits at once can be
 * unsubscribed from in the middle of that.
 */
export class Relay<T> extends Subscriber<T> {}
