#include <inttypes.h>
#include <string.h>

#include "assess/policy/machine/inner.h"
#include "format/quantity.h"

/* -------- interfaces -------- */

#define FLAGS_UP 0x1u
#define FLAGS_LOOPBACK 0x8u
#define FLAGS_PROMISCUOUS 0x100u

struct tables {
	struct buf dev, trie, six, route, route_six;
};

static void end_tables(struct tables *tables)
{
	buf_end(&tables->dev);
	buf_end(&tables->trie);
	buf_end(&tables->six);
	buf_end(&tables->route);
	buf_end(&tables->route_six);
}

/* The four bytes of an IPv4 address as the kernel prints them in a table. */
static void put_four(struct buf *out, const unsigned char *bytes)
{
	uint32_t word;
	memcpy(&word, bytes, sizeof(word));
	buf_print(out, "%08" PRIX32, word);
}

static bool is_four(const struct address *address)
{
	static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
	return memcmp(address->bytes, mapped, sizeof(mapped)) == 0;
}

/* An address with the network that it alone is. */
static bool put_address(struct machine *machine, const struct doc *doc, struct tables *tables,
			struct text name, size_t index)
{
	struct address address;
	char hex[33];
	if (doc->kind != DOC_SCALAR || !quantity_read_address(doc->text, &address) ||
	    address.prefix != 128)
		return doc_err(doc, machine->err, "an address is an IP address: 192.0.2.10");
	if (!is_four(&address)) {
		text_put_hex(address.bytes, sizeof(address.bytes), hex);
		buf_print(&tables->six, "%s %02zx 40 00 80 %.*s\n", hex, index, TEXT_ARG(name));
		return true;
	}
	buf_print(&tables->trie, "     |-- %.*s\n        /32 host LOCAL\n", TEXT_ARG(doc->text));
	buf_print(&tables->route, "%.*s\t", TEXT_ARG(name));
	put_four(&tables->route, address.bytes + 12);
	buf_cstr(&tables->route, "\t00000000\t0001\t0\t0\t0\tFFFFFFFF\t0\t0\t0\n");
	return true;
}

struct texts {
	struct buf flags, index, mac, mtu, uevent;
};

static void end_texts(struct texts *texts)
{
	buf_end(&texts->flags);
	buf_end(&texts->index);
	buf_end(&texts->mac);
	buf_end(&texts->mtu);
	buf_end(&texts->uevent);
}

static bool put_sys(struct machine *machine, struct text name, const char *file, const char *text)
{
	scoped(buf_end) struct buf path = {0}, content = {0};
	buf_print(&path, "/sys/class/net/%.*s/%s", TEXT_ARG(name), file);
	buf_print(&content, "%s\n", text);
	return machine_put(machine, path.at, &content);
}

static bool is_set(const struct doc *doc, const char *key, const char *otherwise)
{
	return text_is(machine_part(doc, key, otherwise), "true");
}

static unsigned flags_of(const struct doc *doc, bool loopback)
{
	unsigned flags = loopback ? FLAGS_LOOPBACK : 0;
	flags |= is_set(doc, "up", "true") ? FLAGS_UP : 0;
	return flags | (is_set(doc, "promiscuous", "false") ? FLAGS_PROMISCUOUS : 0);
}

static bool describe(struct machine *machine, struct text name, const struct doc *doc, size_t index)
{
	struct text kind = machine_part(doc, "kind", "ethernet");
	bool loopback = text_is(kind, "loopback"), ethernet = text_is(kind, "ethernet");
	scoped(end_texts) struct texts texts = {{0}, {0}, {0}, {0}, {0}};
	buf_print(&texts.flags, "0x%x", flags_of(doc, loopback));
	buf_print(&texts.index, "%zu", index);
	buf_text(&texts.mac,
		 machine_part(doc, "mac", loopback ? "00:00:00:00:00:00" : "02:00:5e:10:00:01"));
	buf_text(&texts.mtu, machine_part(doc, "mtu", "1500"));
	if (!loopback && !ethernet)
		buf_print(&texts.uevent, "DEVTYPE=%.*s", TEXT_ARG(kind));
	const struct {
		const char *file, *text;
	} files[] = {
		{"ifindex", texts.index.at},
		{"flags", texts.flags.at},
		{"mtu", texts.mtu.at},
		{"type", loopback ? "772" : "1"},
		{"address", texts.mac.at},
		{"operstate", is_set(doc, "up", "true") ? "up" : "down"},
		{"uevent", texts.uevent.at ? texts.uevent.at : ""},
		{ethernet ? "device/uevent" : "power/control", ""},
	};
	for (size_t i = 0; i < array_len(files); i++)
		if (!put_sys(machine, name, files[i].file, files[i].text))
			return false;
	return true;
}

static bool add_interface(struct machine *machine, struct text name, const struct doc *doc,
			  struct tables *tables, size_t index)
{
	static const char *const keys[] = {"addresses", "mac",         "mtu", "kind",
					   "up",        "promiscuous", NULL};
	const struct doc *addresses = doc_get(doc, "addresses");
	if (!machine_has_keys(machine, doc, keys, true,
			      "addresses, mac, mtu, kind, up or promiscuous"))
		return false;
	buf_print(&tables->dev, "%.*s: 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n", TEXT_ARG(name));
	for (size_t i = 0; addresses && addresses->kind == DOC_LIST && i < addresses->count; i++)
		if (!put_address(machine, addresses->items[i], tables, name, index))
			return false;
	if (addresses && addresses->kind == DOC_SCALAR &&
	    !put_address(machine, addresses, tables, name, index))
		return false;
	return describe(machine, name, doc, index);
}

static bool add_loopback(struct machine *machine, struct tables *tables)
{
	static struct doc kind = {.kind = DOC_SCALAR, .text = TEXT("kind")},
			  value = {.kind = DOC_SCALAR, .text = TEXT("loopback")};
	struct doc *keys[] = {&kind}, *items[] = {&value};
	const struct doc loopback = {.kind = DOC_MAP, .keys = keys, .items = items, .count = 1};
	buf_cstr(&tables->dev, "lo: 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n");
	buf_cstr(&tables->trie, "     |-- 127.0.0.1\n        /32 host LOCAL\n");
	return describe(machine, TEXT("lo"), &loopback, 1);
}

/* -------- routes -------- */

/* As many bits as the prefix says. */
static void put_mask(struct buf *out, unsigned prefix)
{
	unsigned char bytes[4] = {0};
	for (unsigned i = 0; i < prefix; i++)
		bytes[i / 8] |= (unsigned char)(0x80 >> i % 8);
	put_four(out, bytes);
}

static void put_six(struct buf *out, const struct address *address)
{
	char hex[33];
	text_put_hex(address->bytes, sizeof(address->bytes), hex);
	buf_cstr(out, hex);
}

static bool add_route(struct machine *machine, const struct doc *doc, struct tables *tables)
{
	static const char *const keys[] = {"destination", "gateway", "interface", "metric", NULL};
	struct text interface = machine_part(doc, "interface", "eth0");
	struct address to, gateway = {0};
	bool has_gateway = doc_get(doc, "gateway") != NULL;
	uint64_t metric;
	if (doc->kind == DOC_MAP && !machine_has_keys(machine, doc, keys, false,
						      "destination, gateway, interface or metric"))
		return false;
	if (doc->kind != DOC_MAP ||
	    !quantity_read_address(machine_part(doc, "destination", ""), &to) ||
	    (has_gateway && (!quantity_read_address(machine_part(doc, "gateway", ""), &gateway) ||
			     is_four(&gateway) != is_four(&to))))
		return doc_err(doc, machine->err,
			       "a route is a map: { destination: 0.0.0.0/0, gateway: 192.0.2.1, "
			       "interface: eth0 }");
	if (!machine_number(machine, doc, "metric", INT32_MAX, 0, &metric))
		return false;
	if (is_four(&to)) {
		buf_print(&tables->route, "%.*s\t", TEXT_ARG(interface));
		put_four(&tables->route, to.bytes + 12);
		buf_char(&tables->route, '\t');
		put_four(&tables->route, gateway.bytes + 12);
		buf_print(&tables->route, "\t%04x\t0\t0\t%" PRIu64 "\t", has_gateway ? 3u : 1u,
			  metric);
		put_mask(&tables->route, to.prefix - 96);
		buf_cstr(&tables->route, "\t0\t0\t0\n");
		return true;
	}
	struct buf *six = &tables->route_six;
	put_six(six, &to);
	buf_print(six, " %02x 00000000000000000000000000000000 00 ", to.prefix);
	put_six(six, &gateway);
	buf_print(six, " %08" PRIx64 " 00000001 00000000 %08x %.*s\n", metric,
		  has_gateway ? 3u : 1u, TEXT_ARG(interface));
	return true;
}

static bool is_list(struct machine *machine, const struct doc *doc, const char *usage)
{
	return !doc || (doc->kind == DOC_LIST && doc->count <= MACHINE_THINGS_MAX) ||
	       doc_err(doc, machine->err, "%s", usage);
}

bool machine_add_routes(struct machine *machine, const struct doc *doc)
{
	return is_list(machine, doc,
		       "routes is a list: [ { destination: 0.0.0.0/0, gateway: 192.0.2.1 } ]");
}

static bool add_all(struct machine *machine, const struct doc *doc, struct tables *tables)
{
	for (size_t i = 0; doc && i < doc->count; i++) {
		struct text name = doc->keys[i]->text;
		if (doc->items[i]->kind != DOC_MAP || name.len == 0 || name.len > 15 ||
		    memchr(name.at, '/', name.len))
			return doc_err(doc->keys[i], machine->err,
				       "an interface has a name and a map: eth0: { addresses: "
				       "[192.0.2.10] }");
		if (!add_interface(machine, name, doc->items[i], tables, i + 2))
			return false;
	}
	return true;
}

static bool put_tables(struct machine *machine, const struct tables *tables)
{
	return machine_put(machine, "/proc/net/dev", &tables->dev) &&
	       machine_put(machine, "/proc/net/fib_trie", &tables->trie) &&
	       machine_put(machine, "/proc/net/if_inet6", &tables->six) &&
	       machine_put(machine, "/proc/net/route", &tables->route) &&
	       machine_put(machine, "/proc/net/ipv6_route", &tables->route_six);
}

/* Every host has a loopback; what is reached through an interface stands with the routes. */
bool machine_add_interfaces(struct machine *machine, const struct doc *doc)
{
	const struct doc *routes = doc_get(machine->example, "routes");
	scoped(end_tables) struct tables tables = {{0}, {0}, {0}, {0}, {0}};
	if (doc && (doc->kind != DOC_MAP || doc->count > MACHINE_THINGS_MAX))
		return doc_err(doc, machine->err,
			       "interfaces is a map: { eth0: { addresses: [192.0.2.10] } }");
	if (!machine_add_routes(machine, routes))
		return false;
	buf_cstr(&tables.dev, "Inter-|\n face |\n");
	buf_cstr(&tables.trie, "Local:\n");
	buf_cstr(&tables.route, "Iface\tDestination\tGateway\n");
	if ((!doc_get(doc, "lo") && !add_loopback(machine, &tables)) ||
	    !add_all(machine, doc, &tables))
		return false;
	for (size_t i = 0; routes && i < routes->count; i++)
		if (!add_route(machine, routes->items[i], &tables))
			return false;
	return put_tables(machine, &tables);
}

/* -------- neighbours -------- */

bool machine_add_neighbours(struct machine *machine, const struct doc *doc)
{
	static const char *const keys[] = {"address", "mac", "interface", NULL};
	scoped(buf_end) struct buf table = {0};
	if (!is_list(machine, doc, "neighbours is a list: [ { address: 192.0.2.1 } ]"))
		return false;
	buf_cstr(&table, "IP address HW type Flags HW address Mask Device\n");
	for (size_t i = 0; doc && i < doc->count; i++) {
		const struct doc *one = doc->items[i];
		struct address address;
		if (one->kind != DOC_MAP ||
		    !quantity_read_address(machine_part(one, "address", ""), &address) ||
		    !is_four(&address))
			return doc_err(one, machine->err,
				       "a neighbour is a map: { address: 192.0.2.1, mac: "
				       "\"02:00:5e:10:00:01\", interface: eth0 }");
		if (!machine_has_keys(machine, one, keys, false, "address, mac or interface"))
			return false;
		buf_print(&table, "%.*s 0x1 0x2 %.*s * %.*s\n",
			  TEXT_ARG(machine_part(one, "address", "")),
			  TEXT_ARG(machine_part(one, "mac", "02:00:5e:10:00:02")),
			  TEXT_ARG(machine_part(one, "interface", "eth0")));
	}
	return machine_put(machine, "/proc/net/arp", &table);
}
