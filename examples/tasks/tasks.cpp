// A JSON service: a list of tasks that an actor keeps, routes with a common prefix behind a key,
// and a feed of server-sent events.
//
//   ./example_tasks --port 8080
//   curl -H 'X-Key: pond' --json '{"title":"Swim"}' localhost:8080/api/tasks
//   curl -H 'X-Key: pond' localhost:8080/api/tasks/1
//   curl -H 'X-Key: pond' localhost:8080/api/feed

#include "examples/tasks/tasks.hpp"

#include <sluice/actors.hpp>
#include <sluice/json.hpp>

#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/behavior.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>

#include <chrono>
#include <map>
#include <memory>
#include <set>
#include <string>

namespace {

using add = caf::atom_constant<caf::atom("add")>;
using get = caf::atom_constant<caf::atom("get")>;
using watch = caf::atom_constant<caf::atom("watch")>;

constexpr std::size_t longest_title = 1000;

struct task_list {
  std::map<int, std::string> titles;
  std::set<caf::actor> watchers;
};

/// Keeps the tasks, and tells those who watch of each new one.
caf::behavior keep_tasks(caf::stateful_actor<task_list>* self, int first) {
  self->set_down_handler([self](const caf::down_msg& gone) {
    self->state.watchers.erase(caf::actor_cast<caf::actor>(gone.source));
  });
  return {
    [self, next = first](add, const std::string& title) mutable {
      self->state.titles.emplace(next, title);
      for (const auto& watcher : self->state.watchers)
        self->send(watcher, title);
      return next++;
    },
    [self](get, int id) -> caf::result<std::string> {
      const auto found = self->state.titles.find(id);
      if (found == self->state.titles.end())
        return caf::sec::invalid_argument;
      return found->second;
    },
    [self](watch, const caf::actor& watcher) {
      self->monitor(watcher);
      self->state.watchers.insert(watcher);
    },
  };
}

sluice::task add_task(sluice::exchange& http, caf::actor tasks) {
  const auto given = co_await sluice::read_json(http, 64 * 1024);
  const auto has_title = given->is_object() && given->contains("title")
                         && given->at("title").is_string();
  const auto title = has_title ? given->at("title").get<std::string>() : std::string{};
  if (title.empty() || title.size() > longest_title)
    throw sluice::http_error{sluice::status::unprocessable_content,
                             "A task has a title, of at most 1000 octets."};
  const auto id = co_await sluice::ask<int>(http, tasks, add::value, title);
  auto answer = sluice::json({{"id", id}, {"title", title}}, sluice::status::created);
  answer.fields.add("Location", "/api/tasks/" + std::to_string(id));
  co_await http.respond(std::move(answer));
}

sluice::task show_task(sluice::exchange& http, caf::actor tasks) {
  const auto id = http.param<int>("id");
  std::string title;
  try {
    title = co_await sluice::ask<std::string>(http, tasks, get::value, id);
  } catch (const sluice::request_failed&) {
    throw sluice::http_error{sluice::status::not_found, "There is no such task."};
  }
  auto answer = sluice::json({{"id", id}, {"title", title}});
  co_await http.respond(std::move(answer));
}

// The feed slows down with its client: while that does not read, at most 100 titles wait in the
// inbox, and of those that come then the oldest are dropped.
sluice::task feed(sluice::exchange& http, caf::actor tasks) {
  using namespace std::chrono_literals;
  sluice::inbox<std::string> news{http, {sluice::slow_consumer::drop_oldest, 100}};
  http.self().send(tasks, watch::value, caf::actor{&http.self()});
  auto events = http.events();
  while (true) {
    auto next = co_await sluice::first_of(news.next(), http.delay(15s));
    if (auto* title = std::get_if<0>(&next))
      co_await events.send(sluice::server_event{*title, "task"});
    else
      co_await events.comment("still here"); // proxies end what is silent for long
  }
}

std::optional<sluice::response> require_key(const sluice::request& head) {
  if (head.fields.find("X-Key") == "pond")
    return std::nullopt;
  return sluice::problem_response(sluice::status::unauthorized, "Say the key in X-Key.");
}

// Runs around every handler of the group.
sluice::task forbid_caching(sluice::exchange& http, const sluice::exchange_handler& next) {
  http.response_fields().add("Cache-Control", "no-store");
  co_await next(http);
}

} // namespace

sluice::router tasks_routes() {
  const auto tasks = std::make_shared<caf::actor>();
  sluice::router routes;
  routes.on_start([tasks](caf::actor_system& system) { *tasks = system.spawn(keep_tasks, 1); })
    .on_stop([tasks] {
      caf::anon_send_exit(*tasks, caf::exit_reason::user_shutdown);
      *tasks = nullptr;
    });
  auto api = routes.group("/api");
  api.guard(require_key).wrap(forbid_caching);
  api.post("/tasks", [tasks](sluice::exchange& http) { return add_task(http, *tasks); });
  api.get("/tasks/{id}", [tasks](sluice::exchange& http) { return show_task(http, *tasks); })
    .param<int>("id");
  api.get("/feed", [tasks](sluice::exchange& http) { return feed(http, *tasks); })
    .handler_deadline(std::chrono::seconds{0}); // it may be silent for as long as it likes
  return routes;
}
