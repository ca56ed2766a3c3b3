import { Component, Directive, PLATFORM_ID } from '@angular/core';
import { type ComponentFixture, TestBed } from '@angular/core/testing';
import { InvalidInputError } from 'sluice';
import { injectVisible } from 'sluice/angular';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { make } from './support/set-up.ts';

/** An observer whose entries the spec makes. */
class FakeObserver {
  static all: FakeObserver[] = [];
  readonly watched = new Set<Element>();
  readonly #callback: IntersectionObserverCallback;
  readonly margin: string;

  constructor(callback: IntersectionObserverCallback, { rootMargin }: IntersectionObserverInit) {
    this.#callback = callback;
    this.margin = rootMargin!;
    FakeObserver.all.push(this);
  }

  observe(element: Element): void { this.watched.add(element); }
  unobserve(element: Element): void { this.watched.delete(element); }
  disconnect(): void { FakeObserver.all = FakeObserver.all.filter((each) => each !== this); }

  see(isIntersecting: boolean, ...elements: Element[]): void {
    this.#callback(elements.map((target) => ({ target, isIntersecting }) as unknown as IntersectionObserverEntry), this as never);
  }
}

@Component({ selector: 'app-tile', template: '{{ visible() }} {{ near() }}' })
class Tile {
  readonly visible = injectVisible();
  readonly near = injectVisible({ margin: '200px' });
}

const tile = (): ComponentFixture<Tile> => {
  const fixture = TestBed.createComponent(Tile);
  fixture.detectChanges();
  return fixture;
};
const text = (fixture: ComponentFixture<Tile>): string => {
  fixture.detectChanges();
  return (fixture.nativeElement as HTMLElement).textContent.trim();
};

beforeEach(() => { vi.stubGlobal('IntersectionObserver', FakeObserver); });
afterEach(() => {
  TestBed.resetTestingModule();
  vi.unstubAllGlobals();
  expect(FakeObserver.all).toEqual([]);
});

describe('injectVisible', () => {
  it('is undefined until the browser has looked, and then what it says', () => {
    const [a, b] = [tile(), tile()];
    expect(text(a)).toBe('');
    const [exact, near] = FakeObserver.all;
    exact!.see(true, a.nativeElement as Element);
    exact!.see(false, b.nativeElement as Element);
    near!.see(true, a.nativeElement as Element, b.nativeElement as Element);
    expect([text(a), text(b)]).toEqual(['true true', 'false true']);
    exact!.see(false, a.nativeElement as Element);
    expect(text(a)).toBe('false true');
  });

  it('has one observer for each margin, until nobody needs it', () => {
    const fixtures = [tile(), tile()];
    expect(FakeObserver.all.map(({ margin, watched }) => [margin, watched.size])).toEqual([['0px', 2], ['200px', 2]]);
    fixtures[0]!.destroy();
    expect(FakeObserver.all.map(({ watched }) => watched.size)).toEqual([1, 1]);
    fixtures[1]!.destroy();
    expect(FakeObserver.all).toEqual([]);
    tile();
    expect(FakeObserver.all.length).toBe(2);
  });

  it('may be asked for more than once for one element', () => {
    @Directive({ selector: '[appWatched]' })
    class Watched {
      readonly visible = injectVisible();
    }
    @Component({ selector: 'app-both', template: '', hostDirectives: [Watched] })
    class Both {
      readonly visible = injectVisible();
    }
    const fixture = TestBed.createComponent(Both);
    FakeObserver.all[0]!.see(true, fixture.nativeElement as Element);
    expect([fixture.componentInstance.visible(), fixture.debugElement.injector.get(Watched).visible()]).toEqual([true, true]);
  });

  it('counts everything as visible where nothing can look, and nothing on a server', () => {
    vi.stubGlobal('IntersectionObserver', undefined);
    expect(text(tile())).toBe('true true');
    TestBed.resetTestingModule();
    TestBed.configureTestingModule({ providers: [{ provide: PLATFORM_ID, useValue: 'server' }] });
    expect(text(tile())).toBe('');
  });

  it.each<[object, RegExp]>([
    [{ magin: '1px' }, /injectVisible\(\): the option "magin" must be one of margin, injector.*Did you mean "margin"/],
    [{ margin: 200 }, /injectVisible\(\): margin must be what CSS takes for a margin, such as '200px', but is 200/],
  ])('refuses bad input at the call: %o', (options, message) => {
    expect(() => make(() => injectVisible(options))).toThrow(InvalidInputError);
    expect(() => make(() => injectVisible(options))).toThrow(message);
    expect(() => injectVisible()).toThrow(/NG0203.*injectVisible/);
  });
});
