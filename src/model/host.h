/* host.h: what a host says of itself, and what the server knows of it. */
#pragma once
#include "base/mem.h"
#include "format/json.h"
#include "model/item.h"

#define HOST_NAME_MAX_LEN 253
#define HOST_TAGS_MAX 64
#define HOST_ADDRESSES_MAX 64
#define HOST_FACT_MAX 1024        /* bytes of a text; more is refused */
#define HOST_WATCH_MAX 1000000000 /* a count of the watch's; more counts as so many */

/* What an agent's watch sees of its host, and what the daily run found that it had not told. */
struct host_watch {
	bool told; /* else nobody watches, or an agent that does not say */
	int64_t names, looked_at, defects;
	struct text why;                /* names are only looked at; "": none are */
	struct text who;                /* how it is known who made a change; "": it is not */
	struct text defect;             /* POLICY/REF of the last */
	int64_t since_us, defect_at_us; /* of defects; 0: not known, none */
};

/* The facts that a host states: what a policy's `target` and the hosts collection can ask for. */
struct host_facts {
	struct text name;      /* fully qualified where it has one */
	const struct text *os; /* linux, ID, then ID_LIKE's words */
	size_t os_count;
	struct text os_name, os_version, kernel, arch, agent_version;
	const struct text *addresses;
	size_t address_count;
	unsigned landlock_abi; /* 0: none */
	bool seccomp;
	struct host_watch watch;
};

must_use struct json *host_facts_to_json(const struct host_facts *facts);
/* Into arena, texts copied, within the limits above; ERR_INPUT names the field. */
must_use bool host_facts_from_json(const struct json *json, struct arena *arena,
				   struct host_facts *facts, struct err *err);

/* Facts of the tree's os-release text and of names handed in; `os` begins with linux always. */
void host_facts_from_os_release(struct text os_release, struct arena *arena,
				struct host_facts *facts);
