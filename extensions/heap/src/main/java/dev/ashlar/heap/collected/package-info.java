/** A heap of objects that are collected when nothing refers to them. */
package dev.ashlar.heap.collected;
