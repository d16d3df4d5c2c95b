#include "assess/host/network/address.h"
#include "assess/host/network/route.h"
#include "assess/probe/answer.h"
#include "assess/probe/table.h"

enum field {
	FIELD_DESTINATION,
	FIELD_DEFAULT,
	FIELD_GATEWAY,
	FIELD_INTERFACE,
	FIELD_METRIC,
	FIELD_FAMILY,
	FIELD_REJECT,
	FIELD_UP,
	FIELD_COUNT,
};

static const struct probe_field fields[] = {
	{"destination", "the network that it leads to", "192.0.2.0/24", .type = VALUE_TEXT},
	{"default", "whether it is for all that has no other", "false", .type = VALUE_BOOL},
	{"gateway", "the router; nothing where the network is reached directly", "192.0.2.1",
	 .type = VALUE_ADDRESS},
	{"interface", "the interface through which it goes", "eth0", .type = VALUE_TEXT},
	{"metric", "of several the lowest is taken", "100", .type = VALUE_INT},
	{"family", "ipv4 or ipv6", "ipv4", .type = VALUE_TEXT},
	{"reject", "whether what goes there is turned away", "false", .type = VALUE_BOOL},
	{"up", "whether it is in use", "true", .type = VALUE_BOOL},
};

static bool add_route(void *data, const char *path, const struct route *route)
{
	struct rows *rows = data;
	struct arena *arena = gather_arena(rows->gather);
	struct text destination = address_show(&route->destination, arena);
	struct text gateway = route->has_gateway ? address_show(&route->gateway, arena)
						 : (struct text){0};
	struct text interface = arena_text(arena, route->interface);
	struct value *values = rows_add(
		rows, (struct evidence){
			      text_of(path), route->line,
			      print_text(rows->gather, "%.*s%s%.*s%s%.*s", TEXT_ARG(destination),
					 gateway.at ? " via " : "", TEXT_ARG(gateway),
					 interface.len > 0 ? " dev " : "", TEXT_ARG(interface))});
	if (!values)
		return false;
	values[FIELD_DESTINATION] = value_text(VALUE_TEXT, destination);
	values[FIELD_DEFAULT] = value_bool(route_is_default(route));
	if (gateway.at)
		values[FIELD_GATEWAY] = value_text(VALUE_ADDRESS, gateway);
	if (interface.len > 0)
		values[FIELD_INTERFACE] = value_text(VALUE_TEXT, interface);
	values[FIELD_METRIC] = value_number(VALUE_INT, route->metric);
	values[FIELD_FAMILY] = value_text(VALUE_TEXT, route->six ? TEXT("ipv6") : TEXT("ipv4"));
	values[FIELD_REJECT] = value_bool(route->rejects);
	values[FIELD_UP] = value_bool(route->up);
	return true;
}

static void run(struct gather *gather, const struct probe_call *call, struct probe_answer *answer)
{
	struct rows rows = {.gather = gather, .call = call, .answer = answer};
	struct text why;
	if (route_each(gather, add_route, &rows, &why) != GATHER_OK)
		answer_fail(gather, answer, why);
	rows_give(&rows);
}

const struct probe probe_routes = {
	.name = "routes",
	.help = "where packets go: the routes of the main table",
	.subject_help = "a query over the routes",
	.subject_example = "default:true and family:ipv6",
	.fields = fields,
	.field_count = FIELD_COUNT,
	.table = true,
	.live = true,
	.reads = "/proc/net/route and /proc/net/ipv6_route",
	.privilege = "none",
	.cost = "two files, as long as the tables",
	.run = run,
};
