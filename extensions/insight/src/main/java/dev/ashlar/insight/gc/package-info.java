/** What the garbage collector of a running program does, and advice on it. */
package dev.ashlar.insight.gc;
