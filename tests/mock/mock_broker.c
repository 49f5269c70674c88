/* librdkafka's mock cluster as a process, for tests of the whole program.
 *
 *   mock_broker TOPIC:PARTITIONS…      prints its bootstrap address, then obeys lines of its input:
 *     fail API ERROR…                  the next requests with that number end with these errors, one each
 *     clear API                        those that were not met by a request are forgotten
 *     topic TOPIC ERROR                what metadata says of a topic from now on; 0: it is fine
 *     down, up                         the broker
 *
 * Each line is answered with "ok" once it is in force. Numbers are Kafka's. It ends with its input. */
#include <stdlib.h>

#include "mock_cluster.h"

enum { MOST = 64 };

static void fail(mock *cluster, char *rest)
{
    rd_kafka_resp_err_t errors[MOST];
    size_t count = 0;
    int16_t api = (int16_t)strtol(rest, &rest, 10);
    while (count < MOST && *rest && *rest != '\n') errors[count++] = (rd_kafka_resp_err_t)strtol(rest, &rest, 10);
    rd_kafka_mock_push_request_errors_array(cluster->cluster, api, count, errors);
}

static void set_topic(mock *cluster, const char *rest)
{
    char name[200];
    int error;
    if (sscanf(rest, "%199s %d", name, &error) == 2)
        rd_kafka_mock_topic_set_error(cluster->cluster, name, (rd_kafka_resp_err_t)error);
}

static void obey(mock *cluster, char *line)
{
    if (!strncmp(line, "fail ", 5)) fail(cluster, line + 5);
    else if (!strncmp(line, "clear ", 6))
        rd_kafka_mock_clear_request_errors(cluster->cluster, (int16_t)atoi(line + 6));
    else if (!strncmp(line, "topic ", 6)) set_topic(cluster, line + 6);
    else if (!strncmp(line, "down", 4)) rd_kafka_mock_broker_set_down(cluster->cluster, 1);
    else if (!strncmp(line, "up", 2)) rd_kafka_mock_broker_set_up(cluster->cluster, 1);
}

static void make_topic(mock *cluster, char *argument)
{
    char *colon = strrchr(argument, ':');
    int partitions = colon ? atoi(colon + 1) : 1;
    if (colon) *colon = 0;
    rd_kafka_mock_topic_create(cluster->cluster, argument, partitions, 1);
}

int main(int count, char **arguments)
{
    mock cluster = mock_start(1);
    for (int i = 1; i < count; i++) make_topic(&cluster, arguments[i]);
    printf("%s\n", rd_kafka_mock_cluster_bootstraps(cluster.cluster));
    fflush(stdout);
    char line[1000];
    while (fgets(line, sizeof line, stdin)) {
        obey(&cluster, line);
        printf("ok\n");
        fflush(stdout);
    }
    mock_stop(&cluster);
    return 0;
}
