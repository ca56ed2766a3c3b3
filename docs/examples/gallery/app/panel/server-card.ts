import { HttpClient } from '@angular/common/http';
import { Component, inject, signal } from '@angular/core';

/** How slow the server is, and how often it fails. */
@Component({
  selector: 'app-server-card',
  template: `
    <h3>Server</h3>
    <label>Latency <input #slow type="range" min="0" max="2000" step="50" [value]="latency()" (input)="latency.set(slow.valueAsNumber)" (change)="tell()"
      aria-label="Latency of the server in milliseconds"> <output>{{ latency() }} ms</output></label>
    <label>Failures <input #bad type="range" min="0" max="100" step="5" [value]="failures()" (input)="failures.set(bad.valueAsNumber)" (change)="tell()"
      aria-label="Requests that fail, in percent"> <output>{{ failures() }} %</output></label>`,
  styleUrl: './server-card.css',
})
export class ServerCard {
  readonly #http = inject(HttpClient);
  protected readonly latency = signal(0);
  protected readonly failures = signal(0);

  constructor() {
    this.#http.get<{ latency: number; failureRate: number }>('/api/conditions').subscribe(({ latency, failureRate }) => {
      this.latency.set(latency);
      this.failures.set(Math.round(failureRate * 100));
    });
  }

  protected tell(): void {
    this.#http.put('/api/conditions', { latency: this.latency(), failureRate: this.failures() / 100 }).subscribe();
  }
}
