// Asking for something and holding the answer: old answers stay until the new one stands, late ones are dropped.
import type { Problem } from '../api/client';
import { problemOf } from './session.svelte';

export class Answer<T> {
  value = $state.raw<T | null>(null);
  problem = $state.raw<Problem | null>(null);
  busy = $state(false);
  private turn = 0;

  async ask(question: () => Promise<T>): Promise<void> {
    this.turn += 1;
    const mine = this.turn;
    this.busy = true;
    try {
      const value = await question();
      if (mine !== this.turn) return;
      this.value = value;
      this.problem = null;
    } catch (error) {
      if (mine !== this.turn) return;
      this.problem = problemOf(error);
    } finally {
      if (mine === this.turn) this.busy = false;
    }
  }

  forget(): void {
    this.turn += 1;
    this.value = null;
    this.problem = null;
    this.busy = false;
  }
}
