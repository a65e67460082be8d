// J and K (and the arrows) move through a list of choices that have focus.

/** Moves the focus among the `.pick` buttons of a list; returns true if the key was one of ours. */
export function moveInList(event: KeyboardEvent, letters: boolean): boolean {
  const step = event.key === 'ArrowDown' || (letters && event.key === 'j') ? 1
    : event.key === 'ArrowUp' || (letters && event.key === 'k') ? -1 : 0;
  if (step === 0 || event.ctrlKey || event.altKey || event.metaKey) return false;
  const list = event.currentTarget as HTMLElement;
  const items = [...list.querySelectorAll<HTMLElement>('button.pick')];
  const at = items.indexOf(document.activeElement as HTMLElement);
  event.preventDefault();
  const next = items[Math.min(items.length - 1, Math.max(0, at + step))];
  next?.focus();
  next?.click();
  return true;
}
