import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from '@tanstack/react-router';

import { meQuery } from '@/lib/api/accounts';
import { isStatus } from '@/lib/api/client';
import { titleQuery } from '@/lib/api/catalog';
import { makeQueryClient } from '@/lib/query';

import { Failure, NotFound, Waiting } from './fallbacks';
import { Root } from './root';
import {
  linkSearch,
  listSearch,
  loginSearch,
  querySearch,
  titleSearch,
  watchSearch,
} from './search-params';
import { SettingsLayout } from './settings-layout';
import { Shell } from './shell/shell';
import { SignedIn } from './signed-in';

export const queryClient = makeQueryClient(() => {
  queryClient.setQueryData(meQuery.queryKey, undefined);
  const { pathname, href } = router.state.location;
  if (pathname === '/login' || pathname === '/auth') return;
  void router.navigate({ to: '/login', search: { next: href } });
});

const root = createRootRoute({ component: Root, notFoundComponent: NotFound });

const login = createRoute({
  getParentRoute: () => root,
  path: '/login',
  validateSearch: loginSearch,
  component: lazyRouteComponent(() => import('@/features/accounts/login-page'), 'LoginPage'),
});

const auth = createRoute({
  getParentRoute: () => root,
  path: '/auth',
  validateSearch: linkSearch,
  component: lazyRouteComponent(() => import('@/features/accounts/link-page'), 'LinkPage'),
});

/** Everything below asks who is there first, and sends strangers to the sign-in page. */
const signedIn = createRoute({
  getParentRoute: () => root,
  id: 'signed-in',
  beforeLoad: async ({ location }) => {
    try {
      await queryClient.ensureQueryData(meQuery);
    } catch (error) {
      if (!isStatus(error, 401)) throw error;
      throw redirect({ to: '/login', search: { next: location.href } });
    }
  },
  component: SignedIn,
});

const watch = createRoute({
  getParentRoute: () => signedIn,
  path: '/watch/$fileId',
  validateSearch: watchSearch,
  component: lazyRouteComponent(() => import('@/player/watch-page'), 'WatchPage'),
});

const shell = createRoute({ getParentRoute: () => signedIn, id: 'shell', component: Shell });

const home = createRoute({
  getParentRoute: () => shell,
  path: '/',
  component: lazyRouteComponent(() => import('./home/home-page'), 'HomePage'),
});

const films = createRoute({
  getParentRoute: () => shell,
  path: '/films',
  validateSearch: listSearch,
  component: lazyRouteComponent(() => import('@/features/catalog/shelf-page'), 'FilmsPage'),
});

const series = createRoute({
  getParentRoute: () => shell,
  path: '/series',
  validateSearch: listSearch,
  component: lazyRouteComponent(() => import('@/features/catalog/shelf-page'), 'SeriesPage'),
});

const title = createRoute({
  getParentRoute: () => shell,
  path: '/title/$id',
  validateSearch: titleSearch,
  loader: ({ params }) => void queryClient.prefetchQuery(titleQuery(params.id)),
  component: lazyRouteComponent(() => import('@/features/catalog/title/title-page'), 'TitlePage'),
});

const person = createRoute({
  getParentRoute: () => shell,
  path: '/person/$id',
  component: lazyRouteComponent(() => import('@/features/catalog/person-page'), 'PersonPage'),
});

const search = createRoute({
  getParentRoute: () => shell,
  path: '/search',
  validateSearch: querySearch,
  component: lazyRouteComponent(() => import('@/features/catalog/search-page'), 'SearchPage'),
});

const add = createRoute({
  getParentRoute: () => shell,
  path: '/add',
  component: lazyRouteComponent(() => import('@/features/ingest/add/add-page'), 'AddPage'),
});

const job = createRoute({
  getParentRoute: () => shell,
  path: '/jobs/$id',
  component: lazyRouteComponent(() => import('@/features/jobs/job-page'), 'JobPage'),
});

const settings = createRoute({
  getParentRoute: () => shell,
  path: '/settings',
  component: SettingsLayout,
});

const settingsHome = createRoute({
  getParentRoute: () => settings,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/settings/account', replace: true });
  },
});

const library = createRoute({
  getParentRoute: () => settings,
  path: '/library',
  component: lazyRouteComponent(() => import('@/features/ingest/library-page'), 'LibraryPage'),
});

const review = createRoute({
  getParentRoute: () => settings,
  path: '/review',
  component: lazyRouteComponent(() => import('@/features/catalog/review-page'), 'ReviewPage'),
});

const account = createRoute({
  getParentRoute: () => settings,
  path: '/account',
  component: lazyRouteComponent(() => import('@/features/accounts/account-page'), 'AccountPage'),
});

const users = createRoute({
  getParentRoute: () => settings,
  path: '/users',
  component: lazyRouteComponent(() => import('@/features/accounts/users-page'), 'UsersPage'),
});

const jobs = createRoute({
  getParentRoute: () => settings,
  path: '/jobs',
  component: lazyRouteComponent(() => import('@/features/jobs/jobs-page'), 'JobsPage'),
});

const moderation = createRoute({
  getParentRoute: () => settings,
  path: '/moderation',
  component: lazyRouteComponent(
    () => import('@/features/moderation/moderation-page'),
    'ModerationPage',
  ),
});

const submissions = createRoute({
  getParentRoute: () => settings,
  path: '/submissions',
  component: lazyRouteComponent(
    () => import('@/features/moderation/my-submissions-page'),
    'MySubmissionsPage',
  ),
});

const telegram = createRoute({
  getParentRoute: () => settings,
  path: '/telegram',
  component: lazyRouteComponent(() => import('@/features/telegram/telegram-page'), 'TelegramPage'),
});

const tree = root.addChildren([
  login,
  auth,
  signedIn.addChildren([
    watch,
    shell.addChildren([
      home,
      films,
      series,
      title,
      person,
      search,
      add,
      job,
      settings.addChildren([
        settingsHome,
        library,
        review,
        account,
        users,
        jobs,
        moderation,
        submissions,
        telegram,
      ]),
    ]),
  ]),
]);

export const router = createRouter({
  routeTree: tree,
  defaultPreload: 'intent',
  defaultPreloadStaleTime: 0,
  scrollRestoration: true,
  defaultErrorComponent: Failure,
  defaultNotFoundComponent: NotFound,
  defaultPendingComponent: Waiting,
  defaultPendingMs: 300,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
