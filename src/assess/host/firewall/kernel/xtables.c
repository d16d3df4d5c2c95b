#include "assess/host/firewall/kernel/xtables.h"

#include <linux/netfilter/xt_conntrack.h>
#include <linux/netfilter/xt_multiport.h>
#include <linux/netfilter/xt_state.h>
#include <linux/netfilter/xt_tcpudp.h>
#include <string.h>

void xtables_end(struct xtables_match *match)
{
	buf_end(&match->ports);
	buf_end(&match->source_ports);
	buf_end(&match->states);
}

static void put_ports(struct buf *out, bool not, unsigned from, unsigned to)
{
	if (from == 0 && to == UINT16_MAX)
		return;
	buf_print(out, "%s%s%u", out->len > 0 ? " " : "", not ? "!" : "", from);
	if (from != to)
		buf_print(out, "-%u", to);
}

static bool read_tcp(unsigned revision unused, struct text info, struct xtables_match *match)
{
	struct xt_tcp tcp;
	if (info.len < sizeof(tcp))
		return false;
	memcpy(&tcp, info.at, sizeof(tcp));
	put_ports(&match->source_ports, tcp.invflags & XT_TCP_INV_SRCPT, tcp.spts[0], tcp.spts[1]);
	put_ports(&match->ports, tcp.invflags & XT_TCP_INV_DSTPT, tcp.dpts[0], tcp.dpts[1]);
	return tcp.option == 0 && tcp.flg_mask == 0;
}

static bool read_udp(unsigned revision unused, struct text info, struct xtables_match *match)
{
	struct xt_udp udp;
	if (info.len < sizeof(udp))
		return false;
	memcpy(&udp, info.at, sizeof(udp));
	put_ports(&match->source_ports, udp.invflags & XT_UDP_INV_SRCPT, udp.spts[0], udp.spts[1]);
	put_ports(&match->ports, udp.invflags & XT_UDP_INV_DSTPT, udp.dpts[0], udp.dpts[1]);
	return true;
}

static bool read_multiport(unsigned revision, struct text info, struct xtables_match *match)
{
	struct xt_multiport_v1 ports;
	if (revision != 1 || info.len < sizeof(ports))
		return false;
	memcpy(&ports, info.at, sizeof(ports));
	if (ports.count > XT_MULTI_PORTS || ports.flags > XT_MULTIPORT_DESTINATION)
		return false;
	struct buf *out = ports.flags == XT_MULTIPORT_SOURCE ? &match->source_ports : &match->ports;
	for (unsigned i = 0; i < ports.count; i++) {
		bool range = ports.pflags[i] && i + 1 < ports.count;
		put_ports(out, ports.invert, ports.ports[i], ports.ports[i + range]);
		i += range;
	}
	return true;
}

static void put_states(struct xtables_match *match, bool not, unsigned bits)
{
	static const struct {
		unsigned bit;
		const char *name;
	} names[] = {
		{XT_CONNTRACK_STATE_INVALID, "invalid"},
		{XT_CONNTRACK_STATE_BIT(IP_CT_ESTABLISHED), "established"},
		{XT_CONNTRACK_STATE_BIT(IP_CT_RELATED), "related"},
		{XT_CONNTRACK_STATE_BIT(IP_CT_NEW), "new"},
		{XT_CONNTRACK_STATE_SNAT, "snat"},
		{XT_CONNTRACK_STATE_DNAT, "dnat"},
		{XT_CONNTRACK_STATE_UNTRACKED, "untracked"},
	};
	for (size_t i = 0; i < array_len(names); i++)
		if (bits & names[i].bit)
			buf_print(&match->states, "%s%s%s", match->states.len > 0 ? " " : "",
				  not ? "!" : "", names[i].name);
}

static bool read_state(unsigned revision unused, struct text info, struct xtables_match *match)
{
	struct xt_state_info state;
	if (info.len < sizeof(state))
		return false;
	memcpy(&state, info.at, sizeof(state));
	put_states(match, false, state.statemask);
	return true;
}

static bool read_conntrack(unsigned revision, struct text info, struct xtables_match *match)
{
	struct xt_conntrack_mtinfo3 track;
	if (revision != 3 || info.len < sizeof(track))
		return false;
	memcpy(&track, info.at, sizeof(track));
	if (track.match_flags & XT_CONNTRACK_STATE)
		put_states(match, track.invert_flags & XT_CONNTRACK_STATE, track.state_mask);
	return (track.match_flags & ~(unsigned)(XT_CONNTRACK_STATE | XT_CONNTRACK_STATE_ALIAS)) ==
	       0;
}

static bool read_comment(unsigned revision unused, struct text info unused,
			 struct xtables_match *match unused)
{
	return true;
}

void xtables_read(struct text name, unsigned revision, struct text info,
		  struct xtables_match *match)
{
	static const struct {
		const char *name;
		bool (*read)(unsigned revision, struct text info, struct xtables_match *match);
	} matches[] = {
		{"tcp", read_tcp},
		{"udp", read_udp},
		{"multiport", read_multiport},
		{"state", read_state},
		{"conntrack", read_conntrack},
		{"comment", read_comment},
	};
	*match = (struct xtables_match){0};
	for (size_t i = 0; i < array_len(matches); i++)
		if (text_is(name, matches[i].name))
			match->understood = matches[i].read(revision, info, match);
}
