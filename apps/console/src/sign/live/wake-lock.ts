/** Keeps the screen on while somebody speaks, where the browser can; taken again when the page comes back to the front. */
export function keepAwake(): () => void {
  let held: WakeLockSentinel | undefined;
  let wanted = true;
  const take = (): void => {
    // Absent in older browsers.
    const lock: WakeLock | undefined = navigator.wakeLock;
    if (!wanted || lock === undefined || document.visibilityState !== 'visible') return;
    lock.request('screen').then((sentinel) => {
      held = sentinel;
      if (!wanted) void sentinel.release();
    }, () => undefined);
  };
  take();
  document.addEventListener('visibilitychange', take);
  return () => {
    wanted = false;
    document.removeEventListener('visibilitychange', take);
    void held?.release().catch(() => undefined);
  };
}
