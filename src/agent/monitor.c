#include "agent/monitor.h"

#include <string.h>

#include "agent/gate.h"
#include "agent/judge/helpers.h"
#include "agent/judge/sitting.h"
#include "agent/link/link.h"
#include "agent/post.h"
#include "agent/watch/lookout.h"
#include "agent/work.h"
#include "base/log.h"
#include "base/time.h"
#include "os/child.h"
#include "os/folder.h"

struct monitor {
	struct identity *identity;
	int folder, spool;
	struct loop *loop;
	const char *commands;           /* the path of root's list */
	struct child link, gate, watch; /* pidfd -1: does not run */
	struct post *to_link, *to_gate, *to_watch;
	struct sitting *judge;   /* NULL: none runs */
	struct helpers *helpers; /* of the judge */
	struct talk_run run;     /* of the judge */
	struct loop_timer *retry;
	unsigned falls;
	int64_t fell_us;
	bool refused;
	struct err err;
};

static void start_all(void *data);

/* --- ends --- */

static void unwatch(struct monitor *monitor, const struct child *child)
{
	if (child->pidfd >= 0)
		loop_remove(monitor->loop, child->pidfd);
}

static void tell_end(const char *who, struct child_end end)
{
	if (end.how == CHILD_KILLED)
		log_write(LOG_ERROR, "monitor", "the %s was killed by %s", who,
			  child_signal_name(end.status));
	else
		log_write(LOG_ERROR, "monitor", "the %s has ended, status=%d", who, end.status);
}

/* Waits for its end; who: told when it is a bad one. */
static struct child_end finish(struct monitor *monitor, struct child *child, int wait_ms,
			       const char *who)
{
	struct child_end end = {CHILD_EXITED, 0};
	if (child->pidfd < 0)
		return end;
	unwatch(monitor, child);
	end = child_look(child);
	if (end.how == CHILD_RUNS)
		end = child_finish(child, wait_ms);
	if (who && end.how == CHILD_KILLED)
		tell_end(who, end);
	return end;
}

/* Whether the link ended because the server does not want this agent any more. */
static bool is_refusal(struct child_end end)
{
	return end.how == CHILD_EXITED && end.status == LINK_EXIT_REFUSED;
}

/* Closes the channels, by which the others end; waits for them. */
static void stop_all(struct monitor *monitor)
{
	loop_cancel(&monitor->retry);
	post_free(&monitor->to_gate);
	post_free(&monitor->to_link);
	post_free(&monitor->to_watch);
	sitting_free(&monitor->judge);
	helpers_free(&monitor->helpers);
	if (is_refusal(finish(monitor, &monitor->link, MONITOR_STOP_MS, "link")))
		monitor->refused = true;
	(void)finish(monitor, &monitor->gate, MONITOR_GATE_MS, "gate");
	(void)finish(monitor, &monitor->watch, MONITOR_GATE_MS, "watch");
}

/* Something fell: everything ends, and starts anew a little later. */
static void restart(struct monitor *monitor)
{
	int64_t now_us = time_span_us(), ms = MONITOR_RETRY_MIN_MS;
	stop_all(monitor);
	if (monitor->refused) {
		loop_stop(monitor->loop);
		return;
	}
	if (now_us - monitor->fell_us > MONITOR_CALM_MS * INT64_C(1000))
		monitor->falls = 0;
	for (unsigned i = 0; i < monitor->falls && ms < MONITOR_RETRY_MAX_MS; i++)
		ms *= 2;
	monitor->falls++;
	monitor->fell_us = now_us;
	monitor->retry = loop_after(monitor->loop,
				    ms < MONITOR_RETRY_MAX_MS ? ms : MONITOR_RETRY_MAX_MS,
				    start_all, monitor);
}

static void link_ended(void *data, unsigned events unused)
{
	struct monitor *monitor = data;
	unwatch(monitor, &monitor->link);
	struct child_end end = child_look(&monitor->link);
	if (is_refusal(end)) {
		monitor->refused = true;
		loop_stop(monitor->loop);
		return;
	}
	tell_end("link", end);
	restart(monitor);
}

static void gate_ended(void *data, unsigned events unused)
{
	struct monitor *monitor = data;
	unwatch(monitor, &monitor->gate);
	struct child_end end = child_look(&monitor->gate);
	if (end.how != CHILD_EXITED ||
	    end.status != 0) /* else the link has fallen, and it follows */
		tell_end("gate", end);
	restart(monitor);
}

static void watch_ended(void *data, unsigned events unused)
{
	struct monitor *monitor = data;
	unwatch(monitor, &monitor->watch);
	struct child_end end = child_look(&monitor->watch);
	if (end.how != CHILD_EXITED || end.status != 0)
		tell_end("watch", end);
	restart(monitor);
}

/* --- a judge --- */

static void judge_ended(void *data, const struct talk_run *end)
{
	struct monitor *monitor = data;
	struct err err = {0};
	struct talk_run run = *end;
	run.number = monitor->run.number;
	sitting_free(&monitor->judge);
	helpers_free(&monitor->helpers);
	if (run.reason[0] != '\0')
		log_write(LOG_ERROR, "monitor", "%s", run.reason);
	if (monitor->to_gate && !post_send_run(monitor->to_gate, TALK_ENDED, &run, -1, &err)) {
		log_write(LOG_ERROR, "monitor", "%s", err.text);
		restart(monitor);
	}
}

/* The judge's channels: to the gate, the link, the watch and us; ends[i][1] is the judge's. */
enum { END_GATE, END_LINK, END_WATCH, END_MONITOR, END_COUNT };

static bool begin_judge(struct monitor *monitor, int ends[END_COUNT][2], struct err *err)
{
	struct work_start start = {.gate = ends[END_GATE][1],
				   .link = ends[END_LINK][1],
				   .watch = ends[END_WATCH][1],
				   .monitor = ends[END_MONITOR][1],
				   .name = monitor->identity->name,
				   .agent = monitor->identity->id};
	const int keep[] = {start.gate, start.link, start.watch, start.monitor};
	monitor->judge = sitting_new(&(struct sitting_config){.loop = monitor->loop,
							      .run = work_run,
							      .data = &start,
							      .keep = keep,
							      .keep_count = array_len(keep),
							      .time_ms = WORK_TIME_MS,
							      .memory = WORK_MEMORY_MAX,
							      .ended = judge_ended,
							      .owner = monitor},
				     err);
	return monitor->judge &&
	       post_send_run(monitor->to_watch, TALK_TIES, &monitor->run, ends[END_WATCH][0],
			     err) &&
	       post_send_run(monitor->to_gate, TALK_INPUT, &monitor->run, ends[END_GATE][0], err) &&
	       post_send_run(monitor->to_link, TALK_OUTPUT, &monitor->run, ends[END_LINK][0], err);
}

/* What the gate says is a number: which judge it wants. */
static void from_gate(void *data, struct channel_message *message)
{
	struct monitor *monitor = data;
	struct err err = {0};
	int ends[END_COUNT][2];
	bool done = !monitor->judge || err_set(&err, ERR_INPUT, "the gate wants a second judge");
	monitor->run = (struct talk_run){.number = roles_run(message).number};
	for (size_t i = 0; i < END_COUNT; i++) {
		ends[i][0] = ends[i][1] = -1;
		done = done && channel_pair(ends[i], &err);
	}
	done = done && begin_judge(monitor, ends, &err);
	if (done) {
		monitor->helpers = helpers_new(monitor->loop, ends[END_MONITOR][0],
					       monitor->commands, &err);
		ends[END_MONITOR][0] = -1;
		done = monitor->helpers != NULL;
	}
	for (size_t i = 0; i < END_COUNT; i++) {
		folder_close(&ends[i][0]);
		folder_close(&ends[i][1]);
	}
	if (!done) {
		log_write(LOG_ERROR, "monitor", "no judge can be started: %s", err.text);
		restart(monitor);
	}
}

/* --- link and gate --- */

/* All that the link says to us, and roles_receive sees to it: a pair to keep. What is in it, the
 * next link will find out; that it cannot be kept is no reason to stop, since the old one is good
 * and the link asks again. */
static void from_link(void *data, struct channel_message *message)
{
	struct monitor *monitor = data;
	struct err err = {0};
	if (identity_renew(monitor->folder, monitor->identity, message->body, &err))
		log_write(LOG_INFO, "monitor", "a new key and certificate are kept");
	else
		log_write(LOG_ERROR, "monitor", "the new certificate: %s", err.text);
}

/* The watch has nothing to say to us. */
static void from_watch(void *data unused, struct channel_message *message)
{
	folder_close(&message->fd);
}

/* A child that ends closes its channel, too: its pidfd tells of it. */
static void closed(void *data, const struct err *err)
{
	struct monitor *monitor = data;
	if (err->kind == ERR_NONE)
		return;
	log_write(LOG_ERROR, "monitor", "%s", err->text);
	restart(monitor);
}

static const struct post_calls link_calls = {from_link, closed};
static const struct post_calls watch_calls = {from_watch, closed};
static const struct post_calls gate_calls = {from_gate, closed};

static struct post *new_post(struct monitor *monitor, int *fd, enum role them,
			     const struct post_calls *calls, struct err *err)
{
	int taken = *fd;
	*fd = -1;
	return post_new(&(struct post_config){.loop = monitor->loop,
					      .fd = taken,
					      .us = ROLE_MONITOR,
					      .them = them,
					      .calls = calls,
					      .data = monitor},
			err);
}

static bool start_link(struct monitor *monitor, int ours, int gate, int watch, struct err *err)
{
	struct link_start start = {.monitor = ours,
				   .gate = gate,
				   .watch = watch,
				   .spool = monitor->spool,
				   .identity = monitor->identity};
	const int keep[] = {ours, gate, watch, monitor->spool};
	return child_start(&monitor->link, link_run, &start, keep, array_len(keep), err) &&
	       loop_add(monitor->loop, monitor->link.pidfd, LOOP_READ, link_ended, monitor, err);
}

static bool start_gate(struct monitor *monitor, int ours, int link, struct err *err)
{
	struct gate_start start = {.monitor = ours, .link = link};
	const int keep[] = {ours, link};
	return child_start(&monitor->gate, gate_run, &start, keep, array_len(keep), err) &&
	       loop_add(monitor->loop, monitor->gate.pidfd, LOOP_READ, gate_ended, monitor, err);
}

static bool start_watch(struct monitor *monitor, int ours, int link, struct err *err)
{
	struct lookout_start start = {.monitor = ours, .link = link};
	const int keep[] = {ours, link};
	return child_start(&monitor->watch, lookout_run, &start, keep, array_len(keep), err) &&
	       loop_add(monitor->loop, monitor->watch.pidfd, LOOP_READ, watch_ended, monitor, err);
}

static void start_all(void *data)
{
	struct monitor *monitor = data;
	struct err err = {0};
	int link[2] = {-1, -1}, gate[2] = {-1, -1}, between[2] = {-1, -1};
	int watch[2] = {-1, -1}, news[2] = {-1, -1};
	monitor->retry = NULL;
	bool done = channel_pair(link, &err) && channel_pair(gate, &err) &&
		    channel_pair(between, &err) && channel_pair(watch, &err) &&
		    channel_pair(news, &err) &&
		    start_link(monitor, link[1], between[0], news[0], &err) &&
		    start_gate(monitor, gate[1], between[1], &err) &&
		    start_watch(monitor, watch[1], news[1], &err);
	if (done) {
		monitor->to_watch = new_post(monitor, &watch[0], ROLE_WATCH, &watch_calls, &err);
		monitor->to_link = new_post(monitor, &link[0], ROLE_LINK, &link_calls, &err);
		monitor->to_gate = new_post(monitor, &gate[0], ROLE_GATE, &gate_calls, &err);
		done = monitor->to_link && monitor->to_gate && monitor->to_watch;
	}
	for (size_t i = 0; i < 2; i++) {
		folder_close(&link[i]);
		folder_close(&gate[i]);
		folder_close(&between[i]);
		folder_close(&watch[i]);
		folder_close(&news[i]);
	}
	if (!done) {
		log_write(LOG_ERROR, "monitor", "cannot start: %s", err.text);
		restart(monitor);
	}
}

static void got_signal(void *data, int number unused)
{
	struct monitor *monitor = data;
	loop_stop(monitor->loop);
}

bool monitor_run(int folder, struct identity *identity, int spool, const char *commands,
		 struct err *err)
{
	struct monitor monitor = {.identity = identity,
				  .folder = folder,
				  .spool = spool,
				  .commands = commands,
				  .link.pidfd = -1,
				  .gate.pidfd = -1,
				  .watch.pidfd = -1};
	monitor.loop = loop_new(err);
	bool done = monitor.loop &&
		    loop_signals(monitor.loop, child_stops, CHILD_STOPS, got_signal, &monitor, err);
	if (done) {
		start_all(&monitor);
		done = loop_run(monitor.loop, err);
	}
	stop_all(&monitor);
	loop_free(&monitor.loop);
	if (done && monitor.refused)
		return err_set(err, ERR_REFUSED,
			       "the server does not want this agent any more; to start over: "
			       "muster-agent leave, then enroll");
	return done;
}
