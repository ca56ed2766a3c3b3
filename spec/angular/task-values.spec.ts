import { type ResourceRef, signal, type WritableResource } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { injectTask } from 'sluice/angular';
import { provideTasksTesting, TaskTestingController } from 'sluice/angular/testing';
import { beforeEach, describe, expect, it } from 'vitest';

import { make } from './support/set-up.ts';

let tasks: TaskTestingController;
beforeEach(() => {
  TestBed.configureTestingModule({ providers: [provideTasksTesting()] });
  tasks = TestBed.inject(TaskTestingController);
});

describe('the value while the next is loaded', () => {
  const load = (keepPrevious: boolean) => {
    const id = signal<number | undefined>(1);
    const user = make(() => injectTask({ name: 'user', keepPrevious, params: id, run: ({ params }) => `user ${params}` }));
    const become = (next: number | undefined): unknown[] => {
      id.set(next);
      return show();
    };
    const show = (): unknown[] => {
      TestBed.tick();
      return [user.status(), user.hasValue(), user.hasValue() ? user.value() : undefined];
    };
    const answer = (value: string): unknown[] => {
      TestBed.tick();
      tasks.expectOne('user').flush(value);
      return show();
    };
    return { user, become, answer, show };
  };

  it('is kept with keepPrevious, for as long as it takes', () => {
    const { user, become, answer } = load(true);
    expect(answer('a')).toEqual(['resolved', true, 'a']);
    expect(become(2)).toEqual(['loading', true, 'a']);
    expect(user.params()).toBe(2);
    expect(become(3)).toEqual(['loading', true, 'a']);
    expect(answer('c')).toEqual(['resolved', true, 'c']);
    user.set('by hand');
    expect(become(4)).toEqual(['loading', true, 'by hand']);
  });

  it('is none without it, and in what has nothing to load', () => {
    const without = load(false);
    without.answer('a');
    expect(without.become(2)).toEqual(['loading', false, undefined]);
    without.user.destroy();
    const { become, answer } = load(true);
    answer('a');
    expect(become(undefined)).toEqual(['idle', false, undefined]);
    expect(become(2)).toEqual(['loading', false, undefined]);
  });

  it('is that of the last success when one has failed between', () => {
    const { user, become, answer, show } = load(true);
    answer('a');
    become(2);
    tasks.expectOne('user').error(new Error('404'));
    expect(show()).toEqual(['error', false, undefined]);
    expect(() => user.value()).toThrow('404');
    expect(become(3)).toEqual(['loading', true, 'a']);
  });

  it('is kept while upstream changes', () => {
    const id = signal(1);
    const user = make(() => injectTask({ name: 'user', params: id, run: ({ params }) => params }));
    const team = make(() => injectTask({ name: 'team', upstream: { user }, keepPrevious: true, run: ({ user }) => `team ${user}` }));
    TestBed.tick();
    tasks.expectOne('user').flush(1);
    tasks.expectOne('team').flush('red');
    id.set(2);
    TestBed.tick();
    expect([team.status(), team.value()]).toEqual(['loading', 'red']);
  });
});

describe('a value that is set', () => {
  it('is local, until the resource is reloaded', () => {
    const user = make(() => injectTask({ name: 'user', run: () => ({ name: 'Ada' }) }));
    TestBed.tick();
    tasks.expectOne('user').flush({ name: 'Ada' });
    user.value.set({ name: 'Grace' });
    expect([user.status(), user.hasValue(), user.value(), user.isLoading()]).toEqual(['local', true, { name: 'Grace' }, false]);
    user.update((before) => ({ name: `${before!.name} H.` }));
    expect(user.snapshot()).toEqual({ status: 'local', value: { name: 'Grace H.' } });
    TestBed.tick();
    expect(user.status()).toBe('local');
    expect(user.reload()).toBe(true);
    TestBed.tick();
    expect([user.status(), user.value()]).toEqual(['reloading', { name: 'Grace H.' }]);
    tasks.expectOne('user').flush({ name: 'Grace Hopper' });
    expect([user.status(), user.value()]).toEqual(['resolved', { name: 'Grace Hopper' }]);
  });

  it('takes the place of an error, and of what is under way, which is withdrawn', () => {
    const user = make(() => injectTask({ name: 'user', run: (): string => 'Ada' }));
    TestBed.tick();
    const loading = tasks.expectOne('user');
    user.set('Grace');
    expect([loading.cancelled, user.status(), user.value()]).toEqual([true, 'local', 'Grace']);
    TestBed.tick();
    expect([tasks.match('user'), user.value()]).toEqual([[], 'Grace']);
    user.reload();
    TestBed.tick();
    tasks.expectOne('user').error(new Error('404'));
    expect(user.status()).toBe('error');
    user.set('Ada');
    expect([user.status(), user.error(), user.value()]).toEqual(['local', undefined, 'Ada']);
  });

  it('gives way to what other params bring about', () => {
    const id = signal(1);
    const user = make(() => injectTask({ name: 'user', params: id, run: ({ params }) => `user ${params}` }));
    TestBed.tick();
    user.set('by hand');
    id.set(2);
    expect([user.status(), user.hasValue()]).toEqual(['loading', false]);
    TestBed.tick();
    expect(tasks.expectOne('user').input).toBe(2);
  });

  it('is what tasks downstream get', () => {
    const user = make(() => injectTask({ name: 'user', run: () => 'Ada' }));
    const team = make(() => injectTask({ name: 'team', upstream: { user }, run: ({ user }) => `team of ${user}` }));
    TestBed.tick();
    tasks.expectOne('user').flush('Ada');
    tasks.expectOne('team').flush('red');
    user.set('Grace');
    expect(team.status()).toBe('loading');
    TestBed.tick();
    expect([team.phase(), tasks.match('user').length]).toEqual(['running', 0]);
    tasks.expectOne('team').flush('blue');
    expect(team.value()).toBe('blue');
  });

  it('does not keep a result that is kept for its key from being loaded again', () => {
    const user = make(() => injectTask({ name: 'user', key: 'user', keepFor: Infinity, run: () => 'Ada' }));
    TestBed.tick();
    tasks.expectOne('user').flush('Ada');
    user.set('Grace');
    TestBed.tick();
    user.reload();
    TestBed.tick();
    tasks.expectOne('user').flush('Ada L.');
    expect(user.value()).toBe('Ada L.');
  });

  it('is none once the resource is destroyed', () => {
    const user = make(() => injectTask({ name: 'user', run: () => 'Ada' }));
    user.destroy();
    user.set('Grace');
    expect([user.status(), user.hasValue()]).toEqual(['idle', false]);
  });

  it('makes it a ResourceRef, whose readonly side cannot be set', () => {
    const user = make(() => injectTask({ defaultValue: 'no one', run: (): string => 'Ada' }));
    const ref: ResourceRef<string> & WritableResource<string> = user;
    ref.value.update((before) => `${before} else`);
    expect(ref.asReadonly().value()).toBe('no one else');
    expect('set' in ref.value.asReadonly()).toBe(false);
    expect(ref.value.asReadonly()()).toBe('no one else');
  });
});
