/** When the slot of a cancelled run is free. */
export type ReleaseSlot = 'on-cancel' | 'on-settle';
