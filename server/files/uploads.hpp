#pragma once

#include "sluice/actors/handler/task.hpp"
#include "sluice/server/files/upload_store.hpp"

#include <memory>

namespace sluice {

class exchange;
class router;

/// Stores the content of a request in `store` under the route parameter "name", as it comes: 201
/// for a new name, 204 for one that is replaced, 400 for a name that can't be and for
/// Content-Range, 409 for the name of a directory, 412 when a condition does not hold (RFC 9110
/// sec. 13), 503 when too many files are open, 507 when the disk is full. When the client goes away
/// nothing is left behind. Conditions are judged before the content is read, and again when it is
/// complete. It blocks for file I/O: place it pooled or detached.
task receive_upload(exchange& http, std::shared_ptr<const upload_store> store);

/// Adds `PUT /uploads/{name}` and `POST /uploads/{name}`.
void add_uploads(router& routes, std::shared_ptr<const upload_store> store);

} // namespace sluice
