import { useEffect, useRef, useState, type ReactNode } from 'react';
import { isFingerprint } from '#libs/domain';
import { useKeyLifeText } from '../i18n/key-life';
import { requestFromText, requestIdOf } from '../key-request/qr-text';
import { readCamera, readPicture, seesCodes } from './see-code';

/** `unseen`: a picture without a code. */
type Verdict = 'none' | 'same' | 'other' | 'unseen' | 'no-camera';

/**
 * The officer holds what the platform shows against the person's own screen: twenty digits, or the code's text, picture or
 * sight. What does not match is said loudly and cannot be ticked away.
 */
export function Compare({ id, onCompared }: { readonly id: string; readonly onCompared: () => void }): ReactNode {
  const { w } = useKeyLifeText();
  const [verdict, setVerdict] = useState<Verdict>('none');
  const [isLooking, setLooking] = useState(false);
  const judge = async (text: string): Promise<void> => {
    const digits = text.replace(/[\s-]/g, '');
    if (/^\d{0,19}$/.test(digits)) return setVerdict('none');
    const same = /^\d+$/.test(digits) ? isFingerprint(id, digits) : await isSameRequest(text, id);
    setVerdict(same ? 'same' : 'other');
    if (same) onCompared();
  };
  return (
    <div className="compare" data-verdict={verdict}>
      <label>{w('officer.typeDigits')}
        <input className="digits" inputMode="numeric" autoComplete="off" onChange={({ target }) => void judge(target.value)} />
      </label>
      {seesCodes() && (
        <p className="actions">
          <label className="file">{w('officer.pickPicture')}<input type="file" accept="image/*" onChange={({ target }) => { const [file] = target.files ?? []; if (file !== undefined) void readPicture(file).then((text) => (text === undefined ? setVerdict('unseen') : judge(text))); }} /></label>
          <button className="camera-on" type="button" onClick={() => { setVerdict('none'); setLooking(!isLooking); }}>{w(isLooking ? 'officer.stopCamera' : 'officer.camera')}</button>
        </p>
      )}
      {isLooking && <Camera onText={(text) => { setLooking(false); void judge(text); }} onNone={() => { setLooking(false); setVerdict('no-camera'); }} />}
      {(verdict === 'unseen' || verdict === 'no-camera') && <p className="warning" role="status">{w(`officer.${verdict}`)}</p>}
      {verdict === 'other' && <p className="fault" role="alert">{w('officer.notTheSame')}</p>}
    </div>
  );
}

async function isSameRequest(text: string, id: string): Promise<boolean> {
  const request = await requestFromText(text);
  return request !== undefined && await requestIdOf(request) === id;
}

function Camera({ onText, onNone }: { readonly onText: (text: string) => void; readonly onNone: () => void }): ReactNode {
  const video = useRef<HTMLVideoElement>(null);
  const told = useRef({ onText, onNone });
  told.current = { onText, onNone };
  useEffect(() => (video.current === null ? undefined : readCamera(video.current, (text) => told.current.onText(text), () => told.current.onNone())), []);
  return <video ref={video} className="camera" muted playsInline />;
}
