/**
 * Tests that the strategies with size classes share: the promises of their common engine beyond the contract. The
 * package is not exported, because the tests depend on the engine; the tests of the strategies find it on the class
 * path.
 */
package dev.ashlar.testkit.sizeclass;
