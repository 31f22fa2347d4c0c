/* See screen.h. The loop waits for three things at once: the terminal, signals and the loader. What has come
 * in is taken in whole, then drawn once, so that a slow line or a held key never falls behind. */
#include "viewer/ui/screen.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "viewer/ui/clock.h"
#include "viewer/ui/loader.h"
#include "viewer/ui/serve.h"
#include "viewer/ui/view.h"

enum { QUIT_WAIT_MS = 300, SHOW_BAR_MS = 250 };

struct screen {
	struct app app;
	struct loader *loader;
	struct surface surface;
	screen_lens first_lens;
	void *context;
	int sync_fd; /* tests: told when nothing is left to do; -1: none */
	enum screen_result result;
	bool stopped; /* by the user: what the loader was doing */
	struct err *err;
};

static int sync_fd_of_environment(void)
{
	const char *text = getenv("MEMTRACE_SYNC_FD");

	return text && *text ? atoi(text) : -1;
}

static void fail(struct screen *screen, enum screen_result result, const struct err *err)
{
	*screen->err = *err;
	screen->result = result;
	screen->app.quit = true;
}

static void give_trace(struct screen *screen, struct trace *trace)
{
	struct lens lens;
	struct err err;

	if (screen->first_lens(screen->context, trace, &lens, &err) < 0) {
		trace_free(trace);
		fail(screen, SCREEN_LENS_WRONG, &err);
		return;
	}
	app_give_trace(&screen->app, trace, &lens);
	serve_bookmarks(&screen->app);
}

/* Takes all that the loader has ready, and gives it what is wanted next. */
static void serve_loader(struct screen *screen)
{
	struct app *app = &screen->app;
	struct trace *trace = NULL;
	struct findings *findings = NULL;
	struct flows *flows = NULL;
	enum loader_result result;
	struct err err;

	while ((result = loader_take(screen->loader, &trace, &findings, &flows, &err)) != LOADER_NOTHING) {
		switch (result) {
		case LOADER_BEFORE:
			app_give_before(app, trace);
			break;
		case LOADER_TRACE:
			give_trace(screen, trace);
			break;
		case LOADER_FINDINGS:
			app_give_findings(app, findings);
			break;
		case LOADER_FLOWS:
			app_give_flows(app, flows);
			break;
		case LOADER_LENS_FAILED:
			if (!app->findings && !screen->stopped) {
				fail(screen, SCREEN_LENS_WRONG, &err);
				return;
			}
			app_lens_failed(app, screen->stopped ? "stopped" : err.text);
			break;
		case LOADER_FAILED:
			fail(screen, SCREEN_UNREADABLE, &err);
			return;
		case LOADER_NOTHING:
			break;
		}
	}
	if (app->stop_loading) {
		app->stop_loading = false;
		screen->stopped = true;
		loader_stop(screen->loader);
	}
	if (app->lens_wanted) {
		app->lens_wanted = false;
		screen->stopped = false;
		const struct lens *lens = &app_focus(app)->lens;
		loader_request(screen->loader, app->trace, lens, findings_serve(app->findings, lens));
	}
	bool was_busy = app->loading.busy;
	app->loading.busy =
		loader_progress(screen->loader, &app->loading.what, &app->loading.done, &app->loading.total);
	if (app->loading.busy && !was_busy)
		app->loading.since_ms = app->now_ms;
}

static void serve_events(struct screen *screen)
{
	struct app *app = &screen->app;
	struct event event;

	for (enum view_id drawn = app->view; !app->quit && term_next_event(&event);) {
		/* A view has its height, and a click its target, from being drawn; it need not be sent. */
		if (drawn != app->view || event.kind == EVENT_MOUSE)
			app_draw(app, &screen->surface);
		drawn = app->view;
		if (event.kind == EVENT_SUSPEND)
			app->suspend = true;
		else
			app_event(app, &event);
		if (app->suspend) {
			app->suspend = false;
			term_suspend();
		}
	}
}

static void paint(struct screen *screen)
{
	int w, h;

	if (screen->app.redraw) {
		screen->app.redraw = false;
		term_redraw();
	}
	term_size(&w, &h);
	if (w != screen->surface.w || h != screen->surface.h)
		surface_resize(&screen->surface, w, h);
	app_draw(&screen->app, &screen->surface);
	term_blit(&screen->surface);
}

/* False when the terminal has gone. */
static bool wait_for_something(struct screen *screen)
{
	struct pollfd fds[] = {
		{.fd = term_input_fd(), .events = POLLIN},
		{.fd = term_signal_fd(), .events = POLLIN},
		{.fd = loader_fd(screen->loader), .events = POLLIN},
	};
	const struct app_loading *loading = &screen->app.loading;
	int timeout = -1;

	/* What loads without a word gets its bar all the same. */
	if (loading->busy && screen->app.now_ms - loading->since_ms < SHOW_BAR_MS)
		timeout = SHOW_BAR_MS;
	if (!loading->busy && screen->sync_fd >= 0 && loader_idle(screen->loader)) {
		ssize_t written = write(screen->sync_fd, ".", 1);
		(void)written; /* who asked for it may have gone */
	}
	if (poll(fds, ARRAY_LEN(fds), timeout) < 0)
		return errno == EINTR;
	return !(fds[0].revents & (POLLHUP | POLLERR | POLLNVAL));
}

static void loop(struct screen *screen)
{
	struct app *app = &screen->app;

	while (!app->quit) {
		app->now_ms = clock_ms();
		serve_events(screen);
		serve_wishes(app);
		serve_loader(screen);
		if (app->quit)
			break;
		paint(screen);
		if (!wait_for_something(screen))
			break;
	}
}

enum screen_result screen_run(const char *file, const char *before, enum trace_frames frames,
			      const struct focus *first, screen_lens first_lens, void *context,
			      const struct term_options *options, struct err *err)
{
	struct screen screen = {.first_lens = first_lens,
				.context = context,
				.sync_fd = sync_fd_of_environment(),
				.err = err};
	const struct glyphs *glyphs;

	if (term_open(options, &glyphs, err) < 0)
		return SCREEN_UNREADABLE;
	screen.loader = loader_new(file, before, frames);
	app_init(&screen.app, file, first, glyphs);
	serve_config(&screen.app);
	app_begin(&screen.app, first);
	if (before)
		app_show_view(&screen.app, VIEW_DIFF);
	surface_init(&screen.surface, glyphs->ascii);
	loop(&screen);
	term_close();
	bool stopped = loader_free(screen.loader, QUIT_WAIT_MS);
	/* A thread that hasn't noticed yet still reads the trace: the end of the process ends it. */
	if (!stopped && !screen.result)
		_exit(0);
	if (stopped)
		app_fini(&screen.app);
	surface_fini(&screen.surface);
	return screen.result;
}

/* What the loader would do meanwhile, done at once. */
static int settle(struct app *app, struct err *err)
{
	while (app->lens_wanted) {
		app->lens_wanted = false;
		struct findings *findings =
			findings_new(app->trace, &app_focus(app)->lens, NULL, NULL, NULL, err);
		struct findings *complete = findings ? findings_complete(findings, NULL, NULL, err) : NULL;
		if (complete)
			findings = complete;
		if (findings && app->before && findings_compare(findings, app->before, NULL, NULL, err) < 0) {
			findings_free(findings);
			findings = NULL;
		}
		if (findings) {
			app_give_findings(app, findings);
		} else if (!app->findings) {
			return -1;
		} else {
			app_lens_failed(app, err->text);
		}
	}
	return 0;
}

/* What takes long and only some views show. */
static void settle_view(struct app *app, struct err *err)
{
	unsigned context = view_now(app)->ops->context;
	struct findings *findings = app->findings;

	if (!findings)
		return;
	if (context & CONTEXT_TREE)
		findings_lines(findings);
	if (context & CONTEXT_HEAP && !findings->flows)
		app_give_flows(app, findings_flows(findings, NULL, NULL, err));
}

/* Each key meets the screen that a user would see, as a mouse click does. */
static int type_keys(struct app *app, struct surface *surface, const char *keys, struct err *err)
{
	while (!app->quit) {
		if (settle(app, err) < 0)
			return -1;
		settle_view(app, err);
		app_draw(app, surface);
		u32 key = key_parse_typed(&keys);
		if (!key)
			break;
		app_event(app, &(struct event){.kind = EVENT_KEY, .key = key});
	}
	return 0;
}

static struct trace *open_shown(const char *file, enum trace_frames frames, struct err *err)
{
	struct trace *trace = trace_open(file, NULL, NULL, err);

	if (trace && frames != TRACE_FRAMES_MIXED)
		trace_show_frames(trace, frames);
	return trace;
}

enum screen_result screen_dump(const char *file, const char *before, enum trace_frames frames,
			       const struct focus *first, screen_lens first_lens, void *context,
			       const struct screen_shot *shot, FILE *out, struct err *err)
{
	struct trace *old = before ? open_shown(before, frames, err) : NULL;
	struct trace *trace = before && !old ? NULL : open_shown(file, frames, err);
	struct surface surface;
	struct app app;
	struct lens lens;

	if (!trace) {
		if (old)
			trace_free(old);
		return SCREEN_UNREADABLE;
	}
	if (old && !old->complete)
		warn("%s: incomplete: %s", before, old->damage);
	if (!trace->complete)
		warn("%s: incomplete: %s", file, trace->damage);
	if (first_lens(context, trace, &lens, err) < 0) {
		trace_free(trace);
		if (old)
			trace_free(old);
		return SCREEN_LENS_WRONG;
	}
	app_init(&app, file, first, shot->ascii ? &glyphs_ascii : &glyphs_utf8);
	if (old)
		app_give_before(&app, old);
	app_give_trace(&app, trace, &lens);
	app_show_view(&app, shot->view);
	surface_init(&surface, shot->ascii);
	surface_resize(&surface, shot->w, shot->h);
	bool typed = type_keys(&app, &surface, shot->keys ? shot->keys : "", err) == 0;
	if (typed) {
		surface_dump(&surface, out);
		if (shot->roles)
			surface_dump_roles(&surface, out);
	}
	surface_fini(&surface);
	app_fini(&app);
	return typed ? SCREEN_OK : SCREEN_LENS_WRONG;
}
