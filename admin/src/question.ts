import { useSyncExternalStore } from 'react';

interface Open<Asked, Answer> {
  asked: Asked;
  answer: (answer: Answer) => void;
}

/**
 * A question that code outside React puts to the person, and waits for. A component shows it as a dialog. Questions that
 * come while one is open wait for their turn.
 */
export class Question<Asked, Answer> {
  private readonly open: Open<Asked, Answer>[] = [];
  private readonly listeners = new Set<() => void>();

  /** Resolves with what the person has answered. */
  ask(asked: Asked): Promise<Answer> {
    return new Promise((resolve) => {
      const question: Open<Asked, Answer> = {
        asked,
        answer: (answer) => {
          this.open.splice(this.open.indexOf(question), 1);
          this.notify();
          resolve(answer);
        },
      };
      this.open.push(question);
      this.notify();
    });
  }

  get isOpen(): boolean {
    return this.open.length > 0;
  }

  /** Answers whatever is open, for example because nobody is there any more who could. */
  answerAll(answer: Answer): void {
    for (const question of [...this.open]) question.answer(answer);
  }

  /** The question that is to be shown now. */
  useCurrent(): Open<Asked, Answer> | undefined {
    return useSyncExternalStore(this.subscribe, this.current);
  }

  private readonly subscribe = (listener: () => void) => {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  };

  private readonly current = () => this.open[0];

  private notify(): void {
    for (const listener of this.listeners) listener();
  }
}
