export { MediaFiles } from './media-files';
export { Media } from './media';
