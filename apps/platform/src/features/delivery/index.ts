export { DELIVERY_STORE, type DeliveryStore } from './delivery.store';
export { DeliveryModule } from './delivery.module';
export { PlaceRestriction, POSTURE_CLASSES } from './place-restriction';
export { Restrictions } from './restrictions';
