/** Base of the causes of a StageError that say that the provider was not asked at all: such a call is no failed attempt. */
export class CallNotMade extends Error {}
