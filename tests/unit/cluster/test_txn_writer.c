/* Transactions of the leader under errors that brokers give to each of their requests. */
#include "../../mock/mock_cluster.h"
#include "cluster/txn_writer.h"

enum { API_FIND_COORDINATOR = 10, API_INIT_PRODUCER_ID = 22, API_ADD_PARTITIONS = 24, API_END_TXN = 26 };
enum { PATIENCE_MS = 5000 };

static lc_txn_writer *open_on(const mock *cluster)
{
    lc_autoptr(lc_client_config) config = client_config(cluster, LC_CLIENT_PRODUCER);
    lc_client_config_put(config, "transactional.id", "leader");
    lc_client_config_put(config, "transaction.timeout.ms", "10000");
    lc_txn_writer *writer = NULL;
    ok(lc_txn_writer_open(config, NULL, "t", &writer));
    return writer;
}

static const lc_txn_record two[] = {{LC_TEXT("a"), LC_TEXT("1")}, {LC_TEXT("b"), {NULL, 0}}};

static lc_txn_outcome write_two(lc_txn_writer *writer, lc_error **ret_error, int64_t *ret_offset)
{
    lc_txn_outcome ended = LC_WRITE_UNKNOWN;
    *ret_error = lc_txn_writer_write(writer, two, 2, PATIENCE_MS, &ended, ret_offset);
    CHECK_EQ_INT(*ret_error == NULL, ended == LC_WRITE_DONE);
    return ended;
}

static const struct scene {
    const char *name;
    int16_t api;
    rd_kafka_resp_err_t error;
    int times;
    lc_txn_outcome outcome;
} scenes[] = {
    {"registering waits", API_ADD_PARTITIONS, RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS, 2, LC_WRITE_DONE},
    {"registering, coordinator moved", API_ADD_PARTITIONS, RD_KAFKA_RESP_ERR_NOT_COORDINATOR, 1,
     LC_WRITE_DONE},
    {"registering, coordinator loads", API_ADD_PARTITIONS, RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, 1,
     LC_WRITE_DONE},
    {"registering isn't allowed", API_ADD_PARTITIONS, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, 1,
     LC_WRITE_REFUSED},
    {"registering is fenced", API_ADD_PARTITIONS, RD_KAFKA_RESP_ERR_PRODUCER_FENCED, 1, LC_WRITE_FENCED},
    {"registering has an old epoch", API_ADD_PARTITIONS, RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH, 1,
     LC_WRITE_FENCED},
    {"writing, leader moved", API_PRODUCE, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, 2, LC_WRITE_DONE},
    {"writing, replicas are missing", API_PRODUCE, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, 2, LC_WRITE_DONE},
    {"writing isn't allowed", API_PRODUCE, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, 1, LC_WRITE_REFUSED},
    {"the record is too large", API_PRODUCE, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, 1, LC_WRITE_REFUSED},
    {"committing, coordinator moved", API_END_TXN, RD_KAFKA_RESP_ERR_NOT_COORDINATOR, 1, LC_WRITE_DONE},
    {"committing, coordinator loads", API_END_TXN, RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, 2,
     LC_WRITE_DONE},
    {"committing is fenced", API_END_TXN, RD_KAFKA_RESP_ERR_PRODUCER_FENCED, 1, LC_WRITE_FENCED},
    {"committing has an old epoch", API_END_TXN, RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH, 1,
     LC_WRITE_FENCED},
};

static void play(const struct scene *scene)
{
    mock cluster = mock_start(1);
    rd_kafka_mock_topic_create(cluster.cluster, "t", 1, 1);
    lc_txn_writer *writer = open_on(&cluster);
    lc_error *error = NULL;
    int64_t offset = -1;
    ok(lc_txn_writer_claim(writer, PATIENCE_MS));
    for (int i = 0; i < scene->times; i++)
        rd_kafka_mock_push_request_errors(cluster.cluster, scene->api, 1, scene->error);
    lc_txn_outcome ended = write_two(writer, &error, &offset);
    if (ended != scene->outcome)
        fprintf(stderr, "    %s: %s\n", scene->name, error ? lc_error_message(error) : "no error");
    CHECK_EQ_INT(ended, scene->outcome);
    if (ended == LC_WRITE_FENCED) CHECK_EQ_INT(lc_error_code(error), LC_E_CONFLICT);
    lc_error_free(error);
    /* Whoever was refused may try again. */
    /* The client remembers for a while what it may not write to. */
    bool sticks = scene->error == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED && scene->api == API_PRODUCE;
    if (!sticks && (ended == LC_WRITE_REFUSED || ended == LC_WRITE_DONE)) {
        CHECK_EQ_INT(write_two(writer, &error, &offset), LC_WRITE_DONE);
        if (error) fprintf(stderr, "    after %s: %s\n", scene->name, lc_error_message(error));
        lc_error_free(error);
    }
    lc_txn_writer_close(writer);
    mock_stop(&cluster);
}

TEST(every_error_has_its_outcome)
{
    for (size_t i = 0; i < sizeof scenes / sizeof *scenes; i++) play(&scenes[i]);
}

TEST(claiming_survives_a_coordinator_that_moves)
{
    mock cluster = mock_start(1);
    rd_kafka_mock_topic_create(cluster.cluster, "t", 1, 1);
    lc_txn_writer *writer = open_on(&cluster);
    rd_kafka_mock_push_request_errors(cluster.cluster, API_FIND_COORDINATOR, 1,
                                      RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE);
    rd_kafka_mock_push_request_errors(cluster.cluster, API_INIT_PRODUCER_ID, 2,
                                      RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS,
                                      RD_KAFKA_RESP_ERR_NOT_COORDINATOR);
    ok(lc_txn_writer_claim(writer, 15000));
    lc_error *error = NULL;
    int64_t offset = -1;
    CHECK_EQ_INT(write_two(writer, &error, &offset), LC_WRITE_DONE);
    CHECK_EQ_INT(offset, 1);
    lc_txn_writer_close(writer);
    mock_stop(&cluster);
}

TEST(claiming_without_the_right_says_so)
{
    mock cluster = mock_start(1);
    lc_txn_writer *writer = open_on(&cluster);
    rd_kafka_mock_push_request_errors(cluster.cluster, API_INIT_PRODUCER_ID, 1,
                                      RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
    lc_error *error = lc_txn_writer_claim(writer, PATIENCE_MS);
    CHECK_EQ_STR(lc_code_name(error ? lc_error_code(error) : LC_OK), "LC_E_FORBIDDEN");
    lc_error_free(error);
    lc_txn_writer_close(writer);
    mock_stop(&cluster);
}

TEST(an_outage_during_a_write_ends_in_time)
{
    mock cluster = mock_start(1);
    rd_kafka_mock_topic_create(cluster.cluster, "t", 1, 1);
    lc_txn_writer *writer = open_on(&cluster);
    lc_error *error = NULL;
    int64_t offset = -1, before;
    ok(lc_txn_writer_claim(writer, PATIENCE_MS));
    rd_kafka_mock_broker_set_down(cluster.cluster, 1);
    before = lc_monotonic_ms();
    lc_txn_outcome ended;
    error = lc_txn_writer_write(writer, two, 2, 1000, &ended, &offset);
    CHECK(lc_monotonic_ms() - before < 6000);
    CHECK_EQ_INT(ended, LC_WRITE_UNKNOWN);
    CHECK(error != NULL);
    lc_error_free(error);
    before = lc_monotonic_ms();
    lc_txn_writer_close(writer);
    CHECK(lc_monotonic_ms() - before < 5000);
    mock_stop(&cluster);
}

int main(void)
{
    RUN(every_error_has_its_outcome);
    RUN(claiming_survives_a_coordinator_that_moves);
    RUN(claiming_without_the_right_says_so);
    RUN(an_outage_during_a_write_ends_in_time);
    return check_report();
}
