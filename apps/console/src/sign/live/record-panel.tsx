import { useCallback, useEffect, useRef, useState, type ReactNode } from 'react';
import type { MessageId, Session } from '#libs/contracts';
import type { Clock } from '../../clock';
import type { Api } from '../api';
import { useLiveText } from '../i18n/live';
import type { HeldKey } from '../keys';
import { FaultBox } from '../ui/fault';
import { HoldButton } from '../ui/hold-button';
import { useBusy } from '../ui/use-busy';
import { Proof, useTally } from './ended-panel';
import type { Ask } from './grant';
import { startRecording, type Recording } from './recorder';
import { sendRecorded } from './send-recorded';
import { minutesOf } from './words-of-time';

interface Props {
  readonly api: Api;
  readonly session: Session;
  readonly clock: Clock;
  readonly held: HeldKey;
  readonly ask: Ask;
}

interface Made {
  readonly file: Blob;
  readonly url: string;
}

/** Recorded on this device, heard by its speaker first, then played under the same permit. */
export function RecordPanel({ api, session, clock, held, ask }: Props): ReactNode {
  const { w, words } = useLiveText();
  const { busy, fault, run } = useBusy();
  const recording = useRef<Recording | null>(null);
  const [since, setSince] = useState<number | null>(null);
  const [now, setNow] = useState(0);
  const [made, setMade] = useState<Made | null>(null);
  const [sent, setSent] = useState<MessageId | null>(null);
  const done = useCallback(async (): Promise<void> => {
    const file = await recording.current?.stop();
    recording.current = null;
    setSince(null);
    if (file !== undefined) setMade({ file, url: URL.createObjectURL(file) });
  }, []);
  useEffect(() => {
    if (since === null) return undefined;
    const timer = window.setInterval(() => {
      setNow(clock.monotonic());
      if (clock.monotonic() - since >= ask.maxDurationMs) void done();
    }, 200);
    return () => window.clearInterval(timer);
  }, [ask.maxDurationMs, clock, done, since]);
  useEffect(() => () => void recording.current?.stop(), []);
  useEffect(() => () => { if (made !== null) URL.revokeObjectURL(made.url); }, [made]);

  if (sent !== null) return <Sent api={api} message={sent} />;
  return (
    <div className="recorded">
      <FaultBox fault={fault} own={words} />
      {since === null && <button id="record" type="button" className="wide" disabled={busy} onClick={() => void run(async () => {
        recording.current = await startRecording();
        setMade(null);
        setNow(clock.monotonic());
        setSince(clock.monotonic());
      })}>{w(made === null ? 'rec.start' : 'rec.again')}</button>}
      {since !== null && <><p role="status">{w('rec.going', { time: minutesOf(now - since), most: minutesOf(ask.maxDurationMs) })}</p><button id="record-stop" type="button" className="wide primary" onClick={() => void run(done)}>{w('rec.stop')}</button></>}
      {made !== null && since === null && (
        <>
          <p>{w('rec.listen')}</p>
          <audio id="recorded-audio" controls src={made.url} />
          <HoldButton id="play-recorded" label={w('rec.hold')} holding={w('holding')} disabled={busy} holdMs={800} onHeld={() => void run(async () => setSent(await sendRecorded({ api, session, clock, held, ask }, made.file)))} />
        </>
      )}
      {busy && since === null && <p role="status">{w('rec.sending')}</p>}
    </div>
  );
}

function Sent({ api, message }: { readonly api: Api; readonly message: MessageId }): ReactNode {
  const { w } = useLiveText();
  return <div className="done" id="recorded-sent" data-message={message}><p>{w('rec.done')}</p><Proof tally={useTally(api, message)} saidMs={null} /></div>;
}
