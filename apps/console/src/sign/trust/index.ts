/** What pages ask of signed documents before they show anything of them: exact bytes, the chain of signatures, and that nothing went back. */
export { areaNames, readDocuments, signedBy, type Documents, type GivenDocuments } from './chain';
export { requireKnown } from './known';
export { confirmRoot, pinnedRoot, type RootPin } from './root-pin';
export { openSigned, type Opened } from './open-signed';
export { PageRefusal, type PageRefusalCode } from './page-refusal';
export { verifyBy, type Verdict } from './verify-by';
