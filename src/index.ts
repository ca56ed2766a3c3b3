export { BufferOverflowError } from './errors/buffer-overflow-error.ts';
export { InvalidInputError } from './errors/invalid-input-error.ts';
export { KwargsConflictError } from './errors/kwargs-conflict-error.ts';
export { TaskExpiredError } from './errors/task-expired-error.ts';
export { TaskCancelledError } from './errors/task-cancelled-error.ts';
export { TaskCycleError } from './errors/task-cycle-error.ts';
export { TaskManagerClosedError } from './errors/task-manager-closed-error.ts';
export { UpstreamFailedError } from './errors/upstream-failed-error.ts';

export type { LaneOptions } from './scheduler/lane.ts';
export type { GroupOptions } from './scheduler/group-options.ts';
export type { GroupHooks, GroupObstacle, GroupPolicy, GroupPort, QueuedEntry } from './scheduler/group-policy.ts';
export { PriorityScheduler, type PrioritySchedulerOptions } from './scheduler/priority-scheduler.ts';
export type { SchedulerGroup } from './scheduler/scheduler-group.ts';
export { queueOn } from './scheduler/queue-on.ts';

export type { Kwargs, KwargsConflict, KwargsOf, NoConflict, OnConflict, ResolveConflict, Upstream, UpstreamInput, UpstreamWithPolicy } from './task/kwargs.ts';
export type { CancelOptions, Task } from './task/task.ts';
export { taskFamily, type TaskFamily, type TaskFamilyOptions } from './task/task-family.ts';
export { explain, explain$, type Explanation, type Obstacle } from './task/explain.ts';
export type { Fallback, OnUpstreamError } from './task/upstream-policy.ts';
export { type TaskFacts, taskFacts, type TaskUpstream } from './task/task-facts.ts';
export type { CaptureContext, RunContext } from './task/run-context.ts';
export type {
  GroupFinished,
  TaskAnnotated,
  TaskAttributes,
  TaskCancelled,
  TaskCompleted,
  TaskEvent,
  TaskFailed,
  TaskProgressed,
  TaskQueued,
  TaskReady,
  TaskResumed,
  TaskRetrying,
  TaskSkipped,
  TaskStarted,
  TaskYielded,
} from './task/task-event.ts';
export type { Given, ResultOf, RunTask, TaskContext, TaskFunction } from './task/task-function.ts';
export type { ReleaseSlot } from './task/release-slot.ts';
export type { CommonTaskOptions, Flatten, TaskOptions } from './task/task-options.ts';
export type { TaskProgress, TaskProgressInput } from './task/task-progress.ts';
export type { TaskState } from './task/task-state.ts';
export type { TaskCounts, TaskStatus } from './task/task-status.ts';

export { groupState, groupStates } from './state/group-tree.ts';
export type { GroupProgress, GroupState, GroupTree, ManagerState } from './state/manager-state.ts';
export { patches } from './state/patches.ts';

export { mapTasks, type MapTasksOptions } from './manager/map-tasks.ts';
export type { TaskGroup } from './manager/task-group.ts';
export { type CloseOptions, type TaskGroupOptions, TaskManager, type TaskManagerOptions } from './manager/task-manager.ts';

export type { DataPolicy, SettledStatus, TaskHooks, TaskPolicy, TaskPort } from './task/task-policy.ts';
export { withExpiry } from './policies/with-expiry.ts';
export { type RetryData, withRetry } from './policies/with-retry.ts';
export { withMaxWait } from './policies/with-max-wait.ts';
export { type Rate, withRate } from './policies/with-rate.ts';
export { withTimeout } from './policies/with-timeout.ts';
export { withWeight } from './policies/with-weight.ts';
