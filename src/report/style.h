/* style.h: how the page of a report looks: on a screen, light or dark, on a telephone, on paper. */
#pragma once

/* What goes into <style>. */
extern const char style_sheet[];
