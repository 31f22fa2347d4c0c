/* Traces for the viewer's tests, from the texts in fixtures/ (written in the language of
 * tests/unit/tracegen.h). */
#ifndef TESTS_UI_FIXTURE_H
#define TESTS_UI_FIXTURE_H

/* Makes DIRECTORY/NAME.zst from fixtures/NAME.txt and returns its path; DIRECTORY is a temporary one, the
 * same for the whole test, so that the name on the screen is always the same. The path stays the fixture's.
 */
const char *fixture_trace(const char *name);
/* The source files of the fixture "sources" (below /src/app in it) are those of fixtures/src from here on. */
void fixture_sources(void);
/* Removes what was made. */
void fixture_clean(void);

#endif
