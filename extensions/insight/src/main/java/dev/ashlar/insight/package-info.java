/** What a running program does with its memory: pages, advice and comparison. */
package dev.ashlar.insight;
