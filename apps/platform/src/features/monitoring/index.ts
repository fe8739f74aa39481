export { MonitoringModule } from './monitoring.module';
export { statusPage } from './status-page';
