#include "runtime/restart_policy.h"

#include "check.h"

static lc_restart_policy policy_of(const char *attempts)
{
    lc_autoptr(lc_props) config = lc_props_new();
    lc_props_set(config, "errors.restart.policy", "on-failure");
    lc_props_set(config, "errors.restart.delay.ms", "100");
    lc_props_set(config, "errors.restart.delay.max.ms", "1000");
    lc_props_set(config, "errors.restart.attempts.max", attempts);
    lc_props_set(config, "errors.restart.healthy.ms", "60000");
    lc_restart_policy policy;
    CHECK(!lc_restart_policy_read(config, &policy));
    return policy;
}

TEST(waits_grow_up_to_their_bound)
{
    static const int64_t expected[] = {100, 200, 400, 800, 1000, 1000, 1000};
    lc_restart_policy policy = policy_of("-1");
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        CHECK_EQ_INT(lc_restart_policy_next(&policy, 50), expected[i]);
    for (int i = 0; i < 1000; i++) CHECK_EQ_INT(lc_restart_policy_next(&policy, 0), 1000);
}

TEST(a_healthy_time_forgives)
{
    lc_restart_policy policy = policy_of("2");
    CHECK_EQ_INT(lc_restart_policy_next(&policy, 0), 100);
    CHECK_EQ_INT(lc_restart_policy_next(&policy, 59999), 200);
    CHECK_EQ_INT(lc_restart_policy_next(&policy, 59999), -1);
    CHECK_EQ_INT(lc_restart_policy_next(&policy, 60000), 100);
}

TEST(off_unless_asked_for)
{
    lc_autoptr(lc_props) config = lc_props_new();
    lc_restart_policy policy;
    CHECK(!lc_restart_policy_read(config, &policy));
    CHECK_EQ_INT(lc_restart_policy_next(&policy, 0), -1);
    lc_props_set(config, "errors.restart.policy", "always");
    lc_autoptr(lc_error) error = lc_restart_policy_read(config, &policy);
    CHECK_EQ_INT(lc_error_code(error), LC_E_CONFIG);
}

int main(void)
{
    RUN(waits_grow_up_to_their_bound);
    RUN(a_healthy_time_forgives);
    RUN(off_unless_asked_for);
    return check_report();
}
