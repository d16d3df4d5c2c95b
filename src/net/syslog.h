/* syslog.h: one message to a syslog server: UDP (RFC 5426), or TCP with octet counting (RFC 6587).
 */
#pragma once
#include "net/dial.h"

#define SYSLOG_MESSAGE_MAX 2048 /* bytes of the text; RFC 5424 wants 480, suggests 2048 */

/* Waits at most wait_ms. Over UDP nobody says whether it came. ERR_SYSTEM says why it did not go.
 */
must_use bool syslog_send(const struct dial_address *address, bool tcp, struct text message,
			  int wait_ms, struct err *err);
