/** Two allocators compared under the requests of a running program. */
package dev.ashlar.insight.rollout;
