package dev.ashlar.testkit;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Limit;

/** Makes the allocators for the rules. Each group of rules is an interface that extends this one. */
interface AllocatorUnderTestFactory {

    /** A new allocator with a source of its own. */
    AllocatorUnderTest subject(long limitBytes, long retainedBytes, long reserveBytes);

    /** A new allocator without a limit of its own, whose committed bytes count against a budget. */
    AllocatorUnderTest subject(Limit budget, long retainedBytes);

    /** A new allocator that keeps nothing after a trim. */
    default AllocatorUnderTest subject(long limitBytes, long retainedBytes) {
        return subject(limitBytes, retainedBytes, 0);
    }

    /** A new allocator without a limit or a reserve. */
    default AllocatorUnderTest subject() {
        return subject(AllocationException.NO_LIMIT, 0);
    }

    /** A new allocator under the limit that tests of exhaustion fill. */
    default AllocatorUnderTest tightSubject() {
        return subject(declaredLimits().tightLimitBytes(), 0);
    }

    /** The declared limits of the allocators. */
    ContractLimits declaredLimits();
}
