export { DELIVERY_STORE, type DeliveryStore } from './delivery.store';
export { DeliveryModule } from './delivery.module';
