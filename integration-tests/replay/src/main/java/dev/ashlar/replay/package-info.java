/** Reads traces, replays them on every installed strategy, and prints what each needed. */
package dev.ashlar.replay;
