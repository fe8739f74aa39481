export { detailHash, LEAF_CHANNEL, Leaves, type Leaf, type LeafFact } from './leaves';
