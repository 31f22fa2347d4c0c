/* The tables by source line, made when they are first asked for: private to the model. */
#ifndef VIEWER_MODEL_LINE_TABLES_H
#define VIEWER_MODEL_LINE_TABLES_H

#include "viewer/model/model.h"

void line_tables_free(struct line_tables *tables);

#endif
