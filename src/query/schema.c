#include "query/query.h"

static const struct query_field host_fields[] = {
	{"id", VALUE_TEXT, false, "agent"},
	{"name", VALUE_TEXT, false, "target"},
	{"os", VALUE_LIST, false, NULL},
	{"os_name", VALUE_TEXT, true, NULL},
	{"os_version", VALUE_VERSION, false, "version"},
	{"kernel", VALUE_VERSION, false, NULL},
	{"arch", VALUE_TEXT, false, NULL},
	{"addresses", VALUE_LIST, false, "ip"},
	{"agent_version", VALUE_VERSION, false, NULL},
	{"status", VALUE_TEXT, false, NULL},
	{"trust", VALUE_TEXT, false, NULL},
	{"enrolled", VALUE_TIME, false, NULL},
	{"last_seen", VALUE_TIME, false, NULL},
	{"required", VALUE_LEVEL, false, NULL},
	{"achieved", VALUE_LEVEL, false, NULL},
	{"walls.landlock_abi", VALUE_INT, false, NULL},
	{"walls.seccomp", VALUE_BOOL, false, NULL},
	{"watch.names", VALUE_INT, false, NULL},
	{"watch.looked_at", VALUE_INT, false, NULL},
	{"watch.why", VALUE_TEXT, true, NULL},
	{"watch.who", VALUE_TEXT, false, NULL},
	{"watch.defects", VALUE_INT, false, NULL},
	{"watch.since", VALUE_TIME, false, NULL},
	{"watch.defect", VALUE_TEXT, false, NULL},
	{"watch.defect_at", VALUE_TIME, false, NULL},
	{"tags", VALUE_NONE, false, NULL}, /* tags.NAME */
};

static const struct query_field item_fields[] = {
	{"target", VALUE_TEXT, false, "host"},
	{"utctimestamp", VALUE_TIME, false, "@timestamp"},
	{"compliance", VALUE_BOOL, false, NULL},
	{"link", VALUE_TEXT, false, NULL},
	{"policy.name", VALUE_TEXT, false, "policy"},
	{"policy.level", VALUE_LEVEL, false, "level"},
	{"policy.url", VALUE_TEXT, false, NULL},
	{"check.ref", VALUE_TEXT, false, "ref"},
	{"check.name", VALUE_TEXT, true, "name"},
	{"check.description", VALUE_TEXT, true, "description"},
	{"check.location", VALUE_TEXT, false, "location"},
	{"check.test.type", VALUE_TEXT, false, NULL},
	{"check.test.value", VALUE_TEXT, false, NULL},
	{"id", VALUE_TEXT, false, NULL},
	{"status", VALUE_TEXT, false, NULL},
	{"reason", VALUE_TEXT, true, NULL},
	{"agent", VALUE_TEXT, false, NULL},
	{"action", VALUE_TEXT, false, NULL},
	{"duration_us", VALUE_INT, false, NULL},
	{"by.process", VALUE_TEXT, false, NULL},
	{"by.pid", VALUE_INT, false, NULL},
	{"by.command", VALUE_TEXT, false, NULL},
	{"by.uid", VALUE_INT, false, NULL},
	{"by.login_uid", VALUE_INT, false, NULL},
	{"tags", VALUE_NONE, false, NULL}, /* tags.NAME */
};

static const struct query_field waiver_fields[] = {
	{"id", VALUE_TEXT, false, NULL},      {"policy", VALUE_TEXT, false, NULL},
	{"ref", VALUE_TEXT, false, NULL},     {"hosts", VALUE_TEXT, false, NULL},
	{"why", VALUE_TEXT, true, NULL},      {"by", VALUE_TEXT, false, NULL},
	{"created", VALUE_TIME, false, NULL}, {"until", VALUE_TIME, false, NULL},
	{"ended", VALUE_TIME, false, NULL},   {"ended_by", VALUE_TEXT, false, NULL},
	{"status", VALUE_TEXT, false, NULL},
};

const struct query_schema query_hosts = {host_fields, array_len(host_fields), false};
const struct query_schema query_items = {item_fields, array_len(item_fields), false};
const struct query_schema query_waivers = {waiver_fields, array_len(waiver_fields), false};
