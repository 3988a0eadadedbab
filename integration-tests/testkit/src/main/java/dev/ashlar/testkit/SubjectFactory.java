package dev.ashlar.testkit;

import dev.ashlar.api.AllocationException;

/** Makes what the rules are tested on. The rules stand in interfaces, a group each, which all extend this one. */
interface SubjectFactory {

    /** A new allocator with a source of its own. */
    Subject subject(long limitBytes, long capacityBytes, long reserveBytes);

    /** A new allocator that a trim leaves with nothing. */
    default Subject subject(long limitBytes, long capacityBytes) {
        return subject(limitBytes, capacityBytes, 0);
    }

    /** A new allocator without a limit or a reserve. */
    default Subject subject() {
        return subject(AllocationException.NO_LIMIT, 0);
    }

    /** A new allocator under the limit that tests of exhaustion fill. */
    default Subject tightSubject() {
        return subject(declaredLimits().tightLimitBytes(), 0);
    }

    /** What the allocators declare. */
    ContractLimits declaredLimits();
}
