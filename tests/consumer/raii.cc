/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * A C++ program: what it has of the library is released by destructors,
 * however a function is left: by return, by an exception, by cancellation of
 * the thread in a wait.
 */
#include <puffsmsg/puffsmsg.h>

#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <system_error>

#include <cxxabi.h>
#include <pthread.h>

namespace {

void
check(bool good, const char *what)
{
	if (good)
		return;
	std::fprintf(stderr, "failed: %s\n", what);
	std::exit(1);
}

/* Passed by one thread and awaited by another. */
class Gate {
      public:
	void pass()
	{
		std::lock_guard<std::mutex> hold(lock_);
		passed_ = true;
		changed_.notify_all();
	}

	void await()
	{
		std::unique_lock<std::mutex> hold(lock_);
		changed_.wait(hold, [this] { return passed_; });
	}

      private:
	std::mutex lock_;
	std::condition_variable changed_;
	bool passed_ = false;
};

struct Library {
	Library()
	{
		puffs_msgif_init();
	}
	~Library()
	{
		puffs_msgif_destroy();
	}
	Library(const Library &) = delete;
	Library &operator=(const Library &) = delete;
};

class Mount {
      public:
	explicit Mount(const char *name)
	{
		puffsmsg_mount_options options = PUFFSMSG_MOUNT_OPTIONS_INIT;

		options.name = name;
		check(puffsmsg_mount_create(&options, &mount_) == 0, "create");
		check(puffsmsg_mount_start(mount_) == 0, "start");
	}
	~Mount()
	{
		puffsmsg_mount_destroy(mount_);
	}
	Mount(const Mount &) = delete;
	Mount &operator=(const Mount &) = delete;

	operator puffs_mount *() const
	{
		return mount_;
	}

	struct puffsmsg_mount_stats stats() const
	{
		struct puffsmsg_mount_stats s = {};

		s.size = sizeof(s);
		check(puffsmsg_mount_stats(mount_, &s) == 0, "stats");
		return s;
	}

      private:
	puffs_mount *mount_ = nullptr;
};

struct Release {
	void operator()(puffs_msgpark *park) const
	{
		puffs_msgmem_release(park);
	}
};
typedef std::unique_ptr<puffs_msgpark, Release> Park;

Park
make_message(int type)
{
	puffs_msgpark *park;
	void *msg;

	if (puffs_msgmem_alloc(sizeof(puffs_req), &park, &msg, 1) != 0)
		throw std::bad_alloc();
	puffs_msg_setinfo(park, PUFFSOP_VN, type, nullptr);
	return Park(park);
}

/* Answers, by what the message asks for, at once or not yet. */
class Server {
      public:
	explicit Server(const Mount &mount) : mount_(mount)
	{
		puffsmsg_server_options options = PUFFSMSG_SERVER_OPTIONS_INIT;

		options.nworkers = 2;
		check(puffsmsg_server_start(mount, handle, this, &options,
			  &server_) == 0,
		    "server");
	}
	~Server()
	{
		puffsmsg_mount_unmount(mount_, PUFFSMSG_MNT_FORCE);
		puffsmsg_server_destroy(server_);
	}
	Server(const Server &) = delete;
	Server &operator=(const Server &) = delete;

	Gate kept;

	void answer_kept()
	{
		check(puffsmsg_server_reply(server_, request_, 0) == 0,
		    "reply");
	}

      private:
	/* What is thrown here is caught here: C does not expect it. */
	int serve(puffsmsg_request *request)
	{
		request->replylen = sizeof(puffs_req);
		if (PUFFSOP_OPCLASS(request->req->preq_opclass) != PUFFSOP_VN)
			return 0;
		switch (request->req->preq_optype) {
		case PUFFS_VN_READLINK:
			request_ = request;
			kept.pass();
			return PUFFSMSG_SERVER_LATER;
		case PUFFS_VN_LOOKUP:
			throw std::system_error(ENOENT,
			    std::generic_category());
		default:
			return 0;
		}
	}

	static int handle(void *arg, puffsmsg_request *request)
	{
		try {
			return static_cast<Server *>(arg)->serve(request);
		} catch (const std::system_error &e) {
			return e.code().value();
		}
	}

	const Mount &mount_;
	puffsmsg_server *server_ = nullptr;
	puffsmsg_request *request_ = nullptr;
};

/* Sends, waits, and throws what comes back; the park goes on the way out. */
void
call(const Mount &mount, int type)
{
	Park park = make_message(type);

	puffs_msg_enqueue(mount, park.get());
	const int error = puffs_msg_wait(mount, park.get());
	if (error != 0)
		throw std::system_error(error, std::generic_category());
}

void
exceptions(const Mount &mount)
{
	bool caught = false;

	call(mount, PUFFS_VN_GETATTR);
	try {
		call(mount, PUFFS_VN_LOOKUP);
	} catch (const std::system_error &e) {
		caught = e.code().value() == ENOENT;
	}
	check(caught, "an error of the server, thrown");
	check(mount.stats().parks == 0, "the parks are released");
}

struct Called {
	Gate gate;
	int error = -1;
};

void
callbacks(const Mount &mount)
{
	Called called;
	Park park = make_message(PUFFS_VN_LOOKUP);

	puffs_msg_setcall(
	    park.get(),
	    [](puffs_mount *, puffs_req *req, void *arg) {
		    Called *c = static_cast<Called *>(arg);

		    try {
			    throw std::runtime_error("inside");
		    } catch (const std::runtime_error &) {
			    c->error = req->preq_rv;
		    }
		    c->gate.pass();
	    },
	    &called);
	puffs_msg_enqueue(mount, park.get());
	called.gate.await();
	check(called.error == ENOENT, "the callback's error");
}

struct Cancelled {
	explicit Cancelled(const Mount &m) : mount(m)
	{
	}
	const Mount &mount;
	int unwound = 0;
	bool returned = false;
};

struct Count {
	explicit Count(int &n) : n_(n)
	{
	}
	~Count()
	{
		++n_;
	}
	Count(const Count &) = delete;
	Count &operator=(const Count &) = delete;

      private:
	int &n_;
};

void
wait_for_ever(Cancelled &c)
{
	Count first(c.unwound);
	Park park = make_message(PUFFS_VN_READLINK);
	Count second(c.unwound);

	puffs_msg_enqueue(c.mount, park.get());
	(void)puffs_msg_wait(c.mount, park.get());
	c.returned = true;
}

void *
cancelled_main(void *arg)
{
	Cancelled &c = *static_cast<Cancelled *>(arg);

	try {
		wait_for_ever(c);
	} catch (abi::__forced_unwind &) {
		++c.unwound;
		throw;
	}
	return nullptr;
}

void
cancellation(const Mount &mount, Server &server)
{
	Cancelled c(mount);
	pthread_t thread;
	void *result = nullptr;

	check(pthread_create(&thread, nullptr, cancelled_main, &c) == 0,
	    "pthread_create");
	server.kept.await();
	check(pthread_cancel(thread) == 0, "pthread_cancel");
	check(pthread_join(thread, &result) == 0, "pthread_join");
	check(result == PTHREAD_CANCELED, "cancelled in the wait");
	check(!c.returned && c.unwound == 3, "destructors on the way out");
	check(mount.stats().cancelled == 1, "the message was given up");
	server.answer_kept();
	check(mount.stats().late == 1, "its answer came late");
	check(mount.stats().parks == 0, "its park is released");
}

} // namespace

int
main()
{
	Library library;
	Mount mount("raii");
	Server server(mount);

	exceptions(mount);
	cancellation(mount, server);
	exceptions(mount);
	callbacks(mount);
	std::puts("ok");
	return 0;
}
