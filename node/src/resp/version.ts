/** The Redis whose commands and texts we follow: clients choose what they send by it. */
export const redisVersion = '7.0.15';

export const paxoskvVersion = '0.1.0';
