export { provideTasksTesting } from './provide-tasks-testing.ts';
export { TaskTestingController } from './task-testing-controller.ts';
export type { TestTask } from './test-task.ts';
