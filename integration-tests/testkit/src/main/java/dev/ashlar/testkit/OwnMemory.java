package dev.ashlar.testkit;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A test, or a group of tests, that needs what only {@link ContractLimits.Memory#OWN} has: a source, a limit, retained
 * bytes or exact counts. It is skipped for other allocators.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.METHOD, ElementType.TYPE})
@interface OwnMemory {}
