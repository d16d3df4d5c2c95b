#include "os/watch/attribution.h"

#include "base/time.h"

void attribution_open(struct attribution *attribution)
{
	*attribution = (struct attribution){.processes = -1};
	budget_init(&attribution->budget, ATTRIBUTION_SHARE, ATTRIBUTION_BURST_US, time_span_us());
	attribution->witness = witness_new(&attribution->no_witness);
	attribution->processes = procevents_open(&attribution->no_processes);
	if (attribution->witness || attribution->processes >= 0)
		attribution->actors = actors_new(attribution->processes >= 0);
}

void attribution_close(struct attribution *attribution)
{
	procevents_close(&attribution->processes);
	witness_free(&attribution->witness);
	actors_free(&attribution->actors);
}

struct looking {
	struct attribution *attribution;
	bool rested;
	procevents_fn each;
	void *data;
};

static void look_at(void *data, enum procevent event, uint32_t pid)
{
	const struct looking *looking = data;
	if (event != PROCEVENT_LOST && !looking->rested)
		actors_read(looking->attribution->actors, pid, time_span_us());
	looking->each(looking->data, event, pid);
}

bool attribution_read_processes(struct attribution *attribution, bool rested, procevents_fn each,
				void *data)
{
	struct looking looking = {attribution, rested, each, data};
	int64_t before_us = time_cpu_us();
	budget_fill(&attribution->budget, time_span_us());
	procevents_read(attribution->processes, look_at, &looking);
	budget_spend(&attribution->budget, time_cpu_us() - before_us);
	return !budget_is_spent(&attribution->budget);
}

struct blame {
	const struct attribution *attribution;
	struct names *names;
	struct hooks *hooks;
	uint32_t pid;
	bool concerns;
};

static void blame_owner(void *data, uint32_t owner)
{
	struct blame *blame = data;
	struct names *names = blame->names;
	blame->concerns = true;
	if (!(owner & NAMES_PLACE)) {
		names->at[owner].pid = blame->pid;
		return;
	}
	const struct place *place = &names->places[owner & ~NAMES_PLACE];
	for (uint32_t id = place->first; id != NAMES_NONE; id = names->at[id].next)
		names->at[id].pid = blame->pid;
}

/* Where nobody says when a program begins, whoever does anything here is looked at: a moment later
 * it may do what matters, and be gone. */
static void witnessed(void *data, int wd, struct text name, uint32_t pid)
{
	struct blame *blame = data;
	struct actors *actors = blame->attribution->actors;
	uint32_t key = name.at ? hooks_entry(name) : HOOKS_SELF;
	blame->pid = pid;
	blame->concerns = blame->attribution->processes < 0;
	hooks_each(blame->hooks, wd, key, blame_owner, blame);
	hooks_each(blame->hooks, wd, HOOKS_ANY, blame_owner, blame);
	if (blame->concerns)
		actors_see(actors, pid, time_span_us());
}

void attribution_read_files(const struct attribution *attribution, struct hooks *hooks,
			    struct names *names)
{
	struct blame blame = {.attribution = attribution, .names = names, .hooks = hooks};
	if (attribution->witness)
		witness_read(attribution->witness, witnessed, &blame);
}

void attribution_put(const struct attribution *attribution, struct buf *out)
{
	if (!attribution->witness)
		buf_print(out, "nobody: %s",
			  attribution->no_witness.kind != ERR_NONE ? attribution->no_witness.text
								   : "it is not asked for");
	else if (attribution->processes >= 0)
		buf_cstr(out, "fanotify and process events");
	else
		buf_print(out, "fanotify; of what ends at once too little is known: %s",
			  attribution->no_processes.text);
}
