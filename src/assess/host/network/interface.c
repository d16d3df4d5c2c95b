#include "assess/host/network/interface.h"

#include <string.h>

#include "assess/host/network/address.h"
#include "assess/host/network/route.h"
#include "base/buf.h"

struct table {
	enum gather_answer answer, addressed;
	struct text why, no_addresses;
	struct interfaces all;
	size_t room;
	bool has_addresses;
};

/* -------- what sysfs says -------- */

static struct text print_path(struct gather *gather, struct text name, const char *file)
{
	return text_of(
		arena_print(gather_arena(gather), "/sys/class/net/%.*s/%s", TEXT_ARG(name), file));
}

/* A file of one line. */
static bool read_value(struct gather *gather, struct text name, const char *file,
		       struct text *value, struct text *why)
{
	struct text path = print_path(gather, name, file), content;
	enum gather_answer answer = gather_read(gather, path, &content, why);
	if (answer == GATHER_MISSING)
		*why = text_of(arena_print(
			gather_arena(gather),
			"%s is missing: /sys is not mounted, or shows another network namespace",
			path.at));
	*value = answer == GATHER_OK ? arena_text(gather_arena(gather), text_trim(content))
				     : (struct text){0};
	return answer == GATHER_OK;
}

static bool read_flags(struct text text, uint32_t *flags)
{
	*flags = 0;
	if (!text_starts(text, "0x") || text.len < 3 || text.len > 10)
		return false;
	for (size_t i = 2; i < text.len; i++) {
		const char *digit = strchr("0123456789abcdef", text.at[i]);
		if (!digit || *digit == '\0')
			return false;
		*flags = *flags << 4 | (uint32_t)(digit - "0123456789abcdef");
	}
	return true;
}

/* By its ARPHRD number (linux/if_arp.h). */
static const struct {
	uint64_t type;
	const char *kind;
} types[] = {
	{32, "infiniband"}, {280, "can"},     {512, "ppp"},   {768, "ipip"}, {769, "ip6tnl"},
	{772, "loopback"},  {776, "sit"},     {778, "gre"},   {801, "wlan"}, {803, "wlan"},
	{823, "ip6gre"},    {824, "netlink"}, {65534, "tun"},
};

/* "DEVTYPE=bridge"; at NULL: it says nothing */
static struct text device_type(struct text uevent)
{
	static const char key[] = "DEVTYPE=";
	struct text line;
	while (text_next(&uevent, '\n', &line))
		if (text_starts(line, key))
			return (struct text){line.at + sizeof(key) - 1, line.len - sizeof(key) + 1};
	return (struct text){0};
}

static bool has_file(struct gather *gather, struct text name, const char *file)
{
	struct gather_stat stat;
	struct text why;
	return gather_stat(gather, print_path(gather, name, file), true, &stat, &why) == GATHER_OK;
}

static struct text find_kind(struct gather *gather, struct text name, uint64_t type,
			     struct text uevent)
{
	struct text kind = device_type(uevent);
	if (kind.len > 0)
		return kind;
	if (has_file(gather, name, "tun_flags"))
		return TEXT("tun");
	for (size_t i = 0; i < array_len(types); i++)
		if (types[i].type == type)
			return text_of(types[i].kind);
	return has_file(gather, name, "device") ? TEXT("ethernet") : TEXT("virtual");
}

static bool fail(struct gather *gather, struct text name, struct text *why)
{
	scoped(buf_end) struct buf out = {0};
	buf_cstr(&out, "/sys/class/net/");
	buf_printable(&out, name, 64);
	buf_cstr(&out, " is not what it should be");
	*why = arena_text(gather_arena(gather), buf_view(&out));
	return false;
}

static bool describe(struct gather *gather, struct interface *interface, struct text *why)
{
	struct text index, flags, mtu, type, uevent, name = interface->name;
	uint64_t number, mtu_number, type_number;
	if (!read_value(gather, name, "ifindex", &index, why) ||
	    !read_value(gather, name, "flags", &flags, why) ||
	    !read_value(gather, name, "mtu", &mtu, why) ||
	    !read_value(gather, name, "type", &type, why) ||
	    !read_value(gather, name, "address", &interface->mac, why) ||
	    !read_value(gather, name, "operstate", &interface->state, why) ||
	    !read_value(gather, name, "uevent", &uevent, why))
		return false;
	if (!text_to_u64(index, 1, UINT32_MAX, &number) || !read_flags(flags, &interface->flags) ||
	    !text_to_u64(mtu, 0, UINT32_MAX, &mtu_number) ||
	    !text_to_u64(type, 0, UINT32_MAX, &type_number))
		return fail(gather, name, why);
	interface->index = (uint32_t)number;
	interface->mtu = (int64_t)mtu_number;
	interface->kind = find_kind(gather, name, type_number, uevent);
	return true;
}

/* -------- which there are -------- */

/* "  eth0: 1 2 3 …"; a name has neither slashes nor white space. */
static bool read_name(struct text line, struct text *name)
{
	struct text rest = text_trim(line);
	size_t colon = rest.len;
	while (colon > 0 && rest.at[colon - 1] != ':')
		colon--;
	if (colon < 2)
		return false;
	*name = (struct text){rest.at, colon - 1};
	return name->len < 16 && !memchr(name->at, '/', name->len) && !text_is(*name, "..") &&
	       !text_is(*name, ".");
}

static bool add(struct gather *gather, struct table *table, struct text line, uint64_t number)
{
	struct interface interface = {.line = number};
	struct text name;
	if (table->all.count == INTERFACE_COUNT_MAX) {
		table->why = TEXT("there are more than 10000 network interfaces");
		return false;
	}
	if (!read_name(line, &name)) {
		table->why = text_of(arena_print(gather_arena(gather),
						 "/proc/net/dev:%u: not what it should be",
						 (unsigned)number));
		return false;
	}
	interface.name = arena_text(gather_arena(gather), name);
	if (!describe(gather, &interface, &table->why))
		return false;
	table->all.at = arena_grow(gather_arena(gather), table->all.at, &table->room,
				   table->all.count + 1, sizeof(*table->all.at));
	table->all.at[table->all.count++] = interface;
	return true;
}

/* Two lines have the names of the columns. */
static void read_table(struct gather *gather, struct table *table)
{
	struct text content, line;
	table->answer = gather_read(gather, TEXT("/proc/net/dev"), &content, &table->why);
	if (table->answer != GATHER_OK) {
		table->answer = GATHER_FAILED;
		return;
	}
	content = arena_text(gather_arena(gather), content);
	for (uint64_t number = 1; text_next(&content, '\n', &line); number++)
		if (number > 2 && text_trim(line).len > 0 && !add(gather, table, line, number)) {
			table->answer = GATHER_FAILED;
			return;
		}
}

static struct table *get_table(struct gather *gather)
{
	static const char key[] = "interfaces";
	struct table *table = gather_fact(gather, key);
	gather_depends_add(gather, text_of(key));
	if (!table) {
		table = arena_get(gather_arena(gather), 1, sizeof(*table));
		gather_depends_instead(gather, key);
		read_table(gather, table);
		gather_depends_instead(gather, NULL);
		gather_keep_fact(gather, key, table);
	}
	return table;
}

enum gather_answer interface_read(struct gather *gather, const struct interfaces **interfaces,
				  struct text *why)
{
	struct table *table = get_table(gather);
	*interfaces = &table->all;
	*why = table->why;
	return table->answer;
}

const struct interface *interface_find(const struct interfaces *interfaces, uint32_t index)
{
	for (size_t i = 0; i < interfaces->count; i++)
		if (interfaces->at[i].index == index)
			return &interfaces->at[i];
	return NULL;
}

/* -------- addresses -------- */

/* The networks of IPv4 that are reached directly. */
struct direct {
	struct arena *arena;
	struct link {
		struct address network;
		struct text interface;
	} * at;
	size_t room, count;
	bool many;
};

static bool note_route(void *data, const char *path unused, const struct route *route)
{
	struct direct *direct = data;
	if (route->six || route->has_gateway || route->rejects || route->interface.len == 0 ||
	    route_is_default(route))
		return true;
	direct->many = direct->count == INTERFACE_NETWORKS_MAX;
	if (direct->many)
		return false;
	direct->at = arena_grow(direct->arena, direct->at, &direct->room, direct->count + 1,
				sizeof(*direct->at));
	direct->at[direct->count++] = (struct link){route->destination,
						    arena_text(direct->arena, route->interface)};
	return true;
}

static bool read_direct(struct gather *gather, struct direct *direct, struct text *why)
{
	direct->arena = gather_arena(gather);
	if (route_each(gather, note_route, direct, why) != GATHER_OK)
		return false;
	if (direct->many)
		*why = TEXT("more than 10000 networks are reached directly");
	return !direct->many;
}

/* The narrowest network with the address; NULL: none. */
static const struct link *find_link(const struct direct *direct, const struct address *address)
{
	const struct link *best = NULL;
	for (size_t i = 0; i < direct->count; i++)
		if (quantity_is_within(address, &direct->at[i].network) &&
		    (!best || direct->at[i].network.prefix > best->network.prefix))
			best = &direct->at[i];
	return best;
}

static struct interface *find_name(struct table *table, struct text name)
{
	for (size_t i = 0; i < table->all.count; i++)
		if (text_is_equal(table->all.at[i].name, name))
			return &table->all.at[i];
	return NULL;
}

static struct interface *find_loopback(struct table *table)
{
	for (size_t i = 0; i < table->all.count; i++)
		if (table->all.at[i].flags & INTERFACE_LOOPBACK)
			return &table->all.at[i];
	return NULL;
}

/* Where an IPv4 address belongs; NULL: that is not told. */
static struct interface *find_home(struct table *table, const struct direct *direct,
				   const struct address *address)
{
	static const unsigned char bytes[4] = {127};
	const struct address loopback = address_of_four(bytes, 8);
	if (quantity_is_within(address, &loopback))
		return find_loopback(table);
	const struct link *link = find_link(direct, address);
	return link ? find_name(table, link->interface) : NULL;
}

static void put_address(struct gather *gather, struct interface *interface,
			const struct address *address)
{
	struct arena *arena = gather_arena(gather);
	interface->addresses = arena_grow(arena, interface->addresses, &interface->room,
					  interface->address_count + 1,
					  sizeof(*interface->addresses));
	interface->addresses[interface->address_count++] = address_show(address, arena);
}

static struct interface *find_index(struct table *table, uint32_t index)
{
	for (size_t i = 0; i < table->all.count; i++)
		if (table->all.at[i].index == index)
			return &table->all.at[i];
	return NULL;
}

static bool read_addresses(struct gather *gather, struct table *table, struct text *why)
{
	const struct host_addresses *addresses;
	struct direct direct = {0};
	if (address_read(gather, &addresses, why) != GATHER_OK ||
	    !read_direct(gather, &direct, why))
		return false;
	for (size_t i = 0; i < addresses->count; i++) {
		const struct host_address *one = &addresses->at[i];
		struct interface *home = one->index != 0 ? find_index(table, one->index)
							 : find_home(table, &direct, &one->address);
		if (home) {
			put_address(gather, home, &one->address);
		} else if (one->index == 0) { /* else its interface came or went meanwhile */
			*why = text_of(arena_print(
				gather_arena(gather),
				"/proc does not tell which network interface has the address %s",
				address_show(&one->address, gather_arena(gather)).at));
			return false;
		}
	}
	return true;
}

enum gather_answer interface_read_addresses(struct gather *gather, struct text *why)
{
	struct table *table = get_table(gather);
	if (!table->has_addresses && table->answer == GATHER_OK) {
		table->has_addresses = true;
		table->addressed = read_addresses(gather, table, &table->no_addresses)
					   ? GATHER_OK
					   : GATHER_FAILED;
	}
	*why = table->answer == GATHER_OK ? table->no_addresses : table->why;
	return table->answer == GATHER_OK ? table->addressed : table->answer;
}
