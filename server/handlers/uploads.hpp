#pragma once

#include "actors/handler/task.hpp"
#include "server/handlers/upload_store.hpp"

#include <memory>

namespace sluice {

class exchange;
class router;

/// Stores the content of a request in `store` under the route parameter "name", as it comes: 201
/// for a new name, 204 for one that is replaced, 400 for a name that can't be, 507 when the disk is
/// full. When the client goes away nothing is left behind.
/// It blocks for file I/O: place it pooled or detached.
task receive_upload(exchange& http, std::shared_ptr<const upload_store> store);

/// Adds `PUT /uploads/{name}` and `POST /uploads/{name}`.
void add_uploads(router& routes, std::shared_ptr<const upload_store> store);

} // namespace sluice
