/** What came of recording what persons or a dispatcher signed: nothing new for the same bytes, nothing at all where others of its platform have its id. */
export type Recorded = 'new' | 'known' | 'taken';
