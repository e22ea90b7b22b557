import { queryOptions } from '@tanstack/react-query';

import { api } from './client';
import type {
  ApiTokenCreated,
  ApiTokenList,
  LoginLink,
  Me,
  OneTimeLink,
  Role,
  Scope,
  SessionList,
  User,
  UserList,
  Welcome,
} from './types';

export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: ({ signal }) => api.get<Me>('/api/auth/me', undefined, signal),
  staleTime: 5 * 60_000,
  retry: false,
});

export const welcomeQuery = queryOptions({
  queryKey: ['welcome'],
  queryFn: ({ signal }) => api.get<Welcome>('/api/auth/welcome', undefined, signal),
  staleTime: 60_000,
});

export const linkQuery = (token: string) =>
  queryOptions({
    queryKey: ['link', token],
    queryFn: ({ signal }) => api.get<OneTimeLink>('/api/auth/link', { token }, signal),
    retry: false,
    staleTime: Infinity,
  });

export const sessionsQuery = queryOptions({
  queryKey: ['sessions'],
  queryFn: ({ signal }) => api.get<SessionList>('/api/auth/sessions', undefined, signal),
});

export const tokensQuery = queryOptions({
  queryKey: ['tokens'],
  queryFn: ({ signal }) => api.get<ApiTokenList>('/api/tokens', undefined, signal),
});

export const usersQuery = queryOptions({
  queryKey: ['users'],
  queryFn: ({ signal }) => api.get<UserList>('/api/users', undefined, signal),
});

export const login = (username: string, password: string) =>
  api.post<Me>('/api/auth/login', { username, password });
export const loginAsGuest = () => api.post<Me>('/api/auth/guest');
export const logout = () => api.post<undefined>('/api/auth/logout');
export const claimLink = (claim: { token: string; username?: string; password?: string }) =>
  api.post<Me>('/api/auth/claim', claim);
export const changePassword = (change: { current: string; new: string }) =>
  api.put<undefined>('/api/auth/password', change);
export const endSession = (id: number) => api.delete<undefined>(`/api/auth/sessions/${id}`);

export const createToken = (token: {
  name: string;
  scopes: Scope[] | null;
  expires_in_days: number | null;
}) => api.post<ApiTokenCreated>('/api/tokens', token);
export const revokeToken = (id: number) => api.delete<undefined>(`/api/tokens/${id}`);

export const createUser = (user: { username: string; password: string; role: Role }) =>
  api.post<User>('/api/users', user);
export const editUser = (id: number, edit: { role?: Role; password?: string }) =>
  api.patch<User>(`/api/users/${id}`, edit);
/** Make a link that signs a user in once. */
export const createLoginLink = (id: number) => api.post<LoginLink>(`/api/users/${id}/login-link`);
export const deleteUser = (id: number) => api.delete<undefined>(`/api/users/${id}`);
